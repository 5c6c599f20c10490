// Buttons that a page makes as it goes.

/** A small one, beside what it is about. @param {string} words @param {() => unknown} action */
export function smallButton(words, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-small";
  made.textContent = words;
  made.addEventListener("click", () => void action());
  return made;
}
