/**
 * Examples of each category and level. One plays at a time; the clip being labelled stops for it and
 * an example stops for the clip. What is heard here is not counted as heard of the clip.
 */

/** @param {import("./panels.js").Parts} parts */
export function mountExamples({ panel, page, config, signal }) {
  const sound = new Audio();
  const say = panel.querySelector("[data-say]");
  /** @type {HTMLElement | null} */
  let pressed = null;

  function stop() {
    sound.pause();
    pressed?.setAttribute("aria-pressed", "false");
    pressed = null;
  }

  /** @param {HTMLElement} button */
  async function play(button) {
    const again = button === pressed;
    stop();
    if (again) return;
    pauseClip(page);
    pressed = button;
    button.setAttribute("aria-pressed", "true");
    sound.src = button.dataset.play ?? "";
    if (say) say.textContent = "";
    await sound.play().catch(() => {
      if (pressed !== button) return;
      stop();
      if (say) say.textContent = config.texts.unreachable;
    });
  }

  panel.addEventListener(
    "click",
    (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-play]");
      if (button instanceof HTMLElement) void play(button);
    },
    { signal },
  );
  panel.addEventListener("toggle", () => (panel.open ? firstOf(panel)?.focus() : stop()), { signal });
  sound.addEventListener("ended", stop, { signal });
  const watch = new MutationObserver(() => page.hasAttribute("data-playing") && pressed && stop());
  watch.observe(page, { attributes: true, attributeFilter: ["data-playing"] });
  signal.addEventListener("abort", () => {
    watch.disconnect();
    stop();
  });
}

/** @param {HTMLElement} panel @returns {HTMLElement | null} */
const firstOf = (panel) => panel.querySelector("[data-play]");

/** The clip being labelled, if it plays: it goes on where it was, or begins again, as one likes. @param {HTMLElement} page */
export function pauseClip(page) {
  if (!page.hasAttribute("data-playing")) return;
  /** @type {HTMLElement | null} */ (page.querySelector("[data-part=pause]"))?.click();
}
