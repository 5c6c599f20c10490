"""What the modules of the recorder page and the operator's screen say, in the page's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from annotation.web.label_texts import REFUSED

# In words, with the figure that was worse than its limit.
REASONS = {
    "reason.clipping": _(
        "Clipped: {value} of the sound is at full scale. Turn the gain down or step back."
    ),
    "reason.no_speech": _("Only {value} ms of speech were found. Is this the right microphone?"),
    "reason.cut_start": _(
        "The start is cut: speech begins {value} ms after the start, {limit} ms are "
        "wanted. Begin a little later."
    ),
    "reason.cut_end": _(
        "The end is cut: speech ends {value} ms before the end, {limit} ms are wanted. "
        "Stop a little later."
    ),
    "reason.low_snr": _(
        "Too much noise for this voice: {value} dB between them, {limit} dB are wanted."
    ),
    "reason.noisy": _("The room is noisy: {value} dBFS, at most {limit} dBFS are wanted."),
    "reason.too_quiet": _(
        "Too quiet: {value} dBFS, {limit} dBFS are wanted. Step closer or turn the gain up."
    ),
    "reason.too_loud": _(
        "Too loud: {value} dBFS, at most {limit} dBFS are wanted. Step back or turn the gain down."
    ),
    "reason.too_short": _(
        "Too short for the text: {value} syllables a second. Is a word missing, or was it rushed?"
    ),
    "reason.too_long": _(
        "Too long for the text: {value} syllables a second. Is there more than the "
        "text, or a long pause?"
    ),
    "reason.dc_offset": _(
        "The sound is off zero by {value} of full scale. Another cable or interface may help."
    ),
    "reason.dropouts": _(
        "Places where sound was lost: {value}. Close other programs and record again."
    ),
    "reason.sound_missing": _(
        "In all {value} ms of the sound are missing, at most {limit} ms may be. A syllable may be "
        "lost: record again."
    ),
    "reason.dead_input": _("Nothing came from the microphone. Is it plugged in and switched on?"),
    "reason.room_too_loud": _(
        "The room is too loud: {value} dBFS, at most {limit} dBFS are wanted."
    ),
    "reason.speech_in_room": _("Somebody spoke: {value} ms of the room tone sound like speech."),
    "reason.room_too_short": _("The room tone is too short: {value} ms, {limit} ms are wanted."),
}

VERDICTS = {
    "verdict.green": _("good"),
    "verdict.yellow": _("doubtful"),
    "verdict.red": _("bad"),
    "verdict_words.green": _("This take is good."),
    "verdict_words.yellow": _("This take can be used. Once more would be better."),
    "verdict_words.red": _("This take is not good enough. Please once more."),
    "interrupted.browser": _("It was interrupted: the browser was closed while recording."),
    "interrupted.ended": _(
        "It was interrupted: the microphone was unplugged, or no longer allowed."
    ),
    "interrupted.device": _("It was interrupted: the system put another microphone in its place."),
    "interrupted.muted": _("It was interrupted: the microphone was switched off."),
    "interrupted.rate": _("It was interrupted: the sampling rate of the microphone changed."),
    "interrupted.stalled": _("It was interrupted: no sound came from the microphone any more."),
    "interrupted.full": _("It was interrupted: this browser had no room left."),
    "take_number": _("Take {n}"),
    "chosen": _("chosen"),
    "bad_count.one": _("1 to say again"),
    "bad_count.many": _("{n} to say again"),
    "bad_room": _("Room tone to record again"),
    "room_tone": _("Room tone"),
}

LEVELS = {
    "level.silent": _("nothing is heard"),
    "level.quiet": _("quiet"),
    "level.good": _("good"),
    "level.loud": _("loud"),
    "level.clipped": _("too loud: clipped"),
    "level.idle": _("not recording"),
}

RECORDER = {
    "main.begin": _("Begin"),
    "main.read": _("I have read it"),
    "main.record": _("Record"),
    "main.stop": _("Stop"),
    "main.cancel": _("Cancel"),
    "main.next": _("Next"),
    "main.again": _("Record again"),
    "main.rest": _("Record what is left"),
    "sign.ready": _("Ready"),
    "sign.scenario": _("Read this first"),
    "sign.countdown": _("Get ready"),
    "sign.recording": _("Recording: speak now"),
    "sign.recording_room": _("Recording the room: be silent"),
    "sign.saving": _("Keeping the take"),
    "sign.review": _("Recorded"),
    "sign.blocked": _("Not recording"),
    "blocked.paused": _("The session is paused. It goes on as soon as the operator opens it."),
    "blocked.closed": _(
        "The session is closed. Nothing more is recorded; what is here is still sent."
    ),
    "blocked.consent_missing": _(
        "The consent was taken back. Nothing is recorded any more, and nothing is sent."
    ),
    "place": _("Prompt {n} of {of}"),
    "training": _("practice, not kept as a clip"),
    "room_tone_first": _("First the room itself: please be silent"),
    "room_tone_again": _("The room itself once more: please be silent"),
    "takes_of_prompt": _("Takes of this prompt"),
    "takes_of_room": _("Takes of the room"),
    "done_title": _("The end of the list"),
    "done_title_over": _("Finished"),
    "done_all": _("All prompts are recorded. Thank you."),
    "done_sent": _("All takes are on the server."),
    "done_unsent": _("Takes are still being sent: leave this page open until none is waiting."),
    "done_kept": _(
        "Not all takes are on the server: some are in this browser only. A notice on this page "
        "says why."
    ),
    "done_unknown": _(
        "This browser does not say now which takes it still has. Leave this page open, and come "
        "back to it in a moment."
    ),
    "done_open": _("You are at the end. These are still open:"),
    "done_bad.one": _("1 prompt has only a bad take: please say it again."),
    "done_bad.many": _("{n} prompts have only a bad take: please say them again."),
    "done_bad_room": _("The room tone is not good enough: please record it again."),
    "bad_later": _(
        "You may also go on to the next prompt: you are asked for this one again at the end."
    ),
    "bad_room_later": _(
        "You may also go on: you are asked for the room again at the end, and first when you "
        "come back."
    ),
    "bad_earlier": _("The take that is there is not good enough. Please once more."),
    "bad_practice": _(
        "This was practice and need not be good. Go on, or record it again to try once more."
    ),
    "bad_spare": _("An earlier take of this prompt can be used, so you may go on."),
    "judged_here": _("measured in this browser"),
    "judged_by_server": _("measured by the server"),
    "not_sent": _("not sent yet"),
    "listen_to": _("Listen to take {n}"),
    "microphone": _("Microphone"),
    "processing.off": _("off, as it should be"),
    "processing.on": _("on: this browser does not let us switch it off"),
    "processing.unknown": _("the browser does not say"),
    "resampled": _("{from} Hz, resampled to {to} Hz by the browser"),
    "noise.listening": _("Listening for 3 seconds: please be silent."),
    "noise.good": _("The room is quiet: {value} dBFS."),
    "noise.fair": _("The room could be quieter: {value} dBFS. Close windows, switch off fans."),
    "noise.bad": _(
        "The room is too loud: {value} dBFS. Find a quieter place, or another microphone."
    ),
    "pedal_none": _("none"),
    "pedal_press": _("press the pedal now"),
    "cannot_play": _("This take cannot be played."),
    "storage_full": _(
        "This browser has no room left. The take is held in this tab: leave it open "
        "until it is sent."
    ),
    "microphone.denied": _(
        "The microphone was not allowed. Allow it for this page in the browser's "
        "address bar, then try again."
    ),
    "microphone.none": _("No microphone was found. Plug one in, then try again."),
    "microphone.busy": _(
        "The microphone is used by another program. Close that program, then try again."
    ),
    "microphone.insecure": _(
        "Browsers give the microphone to secure pages only. Open this page by https."
    ),
    "microphone.unsupported": _(
        "This browser cannot record. Use a current Chrome, Edge, Firefox or Safari."
    ),
    "microphone.failed": _(
        "The microphone could not be opened. Unplug it, plug it in again, and try again."
    ),
    "lost.ended": _("The microphone was unplugged, or is no longer allowed."),
    "lost.muted": _("The microphone was switched off."),
    "lost.rate": _("The sampling rate of the microphone changed."),
    "lost.device": _("The system put another microphone in its place."),
    "lost.stalled": _("No sound comes from the microphone any more."),
    "lost_kept": _("What was recorded is kept and marked."),
    "waiting.one": _("1 take is in this browser only ({size})."),
    "waiting.many": _("{n} takes are in this browser only ({size})."),
    "waiting.sending": _("Being sent."),
    "waiting.offline": _("They are sent as soon as the server can be reached."),
    "waiting.damaged": _(
        "What arrives at the server is not what was sent: something on the way changes it. "
        "It is tried again, more and more seldom."
    ),
    "waiting.refused": _("The server refused them; they are kept here."),
    "waiting.signed_out": _("Sign in again to send them."),
    "waiting.unsaved": _(
        "This browser has no room to keep them: leave this tab open until they are sent."
    ),
    "of_session": _("Of another session:"),
    "decide.retry": _("Send again"),
    "decide.save": _("Save as a file"),
    "decide.discard": _("Delete from this browser"),
    "discard_sure": _("Delete this take for good? The server does not have it."),
}

# Of takes that came without a consent, on the recorder page and beside it.
WITHHELD = {
    "withheld.one": _(
        "1 take was recorded or sent after the consent was taken back. It was not accepted: it is "
        "in this browser only, and is not sent again unless the consent is signed again."
    ),
    "withheld.many": _(
        "{n} takes were recorded or sent after the consent was taken back. They were not accepted: "
        "they are in this browser only, and are not sent again unless the consent is signed again."
    ),
    "withheld_on.one": _(
        "1 take was not accepted while no consent was in force, and is in this browser only. "
        "A consent is in force again: going on to recording sends it, unless you delete it."
    ),
    "withheld_on.many": _(
        "{n} takes were not accepted while no consent was in force, and are in this browser only. "
        "A consent is in force again: going on to recording sends them, unless you delete them."
    ),
    "withheld_delete.one": _("Delete it from this browser"),
    "withheld_delete.many": _("Delete these {n} from this browser"),
    "withheld_sure.one": _("Delete this take for good? Nobody else has it."),
    "withheld_sure.many": _("Delete these {n} takes for good? Nobody else has them."),
    "withheld_deleted": _("Deleted. This browser has no such take any more."),
}

# Beside the recorder, of takes whose answer was lost while the consent was taken back.
UNSAID = {
    "unsaid.one": _(
        "It is not known whether the server has 1 take of this browser. It stays here until the "
        "server says so."
    ),
    "unsaid.many": _(
        "It is not known whether the server has {n} takes of this browser. They stay here until "
        "the server says so."
    ),
    "unsaid_signed_out": _(
        "You are signed out, or may not look at this session any more: sign in again in another "
        "tab, and this page asks again."
    ),
    "unsaid_busy": _(
        "The server has too many requests now. This page asks again by itself: leave it open for a "
        "minute."
    ),
    "unsaid_trouble": _(
        "The server has a fault now. This page asks again by itself; if it goes on, tell who runs "
        "the server."
    ),
    "unsaid_offline": _(
        "The server cannot be reached now. This page asks again by itself once there is a network."
    ),
}
UNSAID_BY_LINK = {
    "unsaid_signed_out": _(
        "Your link has run out, was taken back, or another one was opened in this browser: open "
        "the link of this session again, or ask for a new one."
    ),
}

BY_LINK = {
    "done_sent": _("All takes are on the server. You may close this page."),
    "waiting.signed_out": _(
        "Your link has run out or was taken back. Ask for a new one and open it in this browser: "
        "then they are sent."
    ),
}

OPERATOR = {
    "state.away": _("The recorder page is not open"),
    "state.unknown": _("Not known"),
    "state.lost": _("Nothing is heard from the recorder page"),
    "state.setup": _("Setting up the microphone"),
    "state.scenario": _("Reading the scenario"),
    "state.ready": _("Ready to record"),
    "state.countdown": _("Countdown"),
    "state.recording": _("Recording"),
    "state.saving": _("Keeping the take"),
    "state.review": _("Looking at the verdict"),
    "state.done": _("At the end of the list"),
    "state.paused": _("Paused"),
    "state.closed": _("Closed"),
    "state.consent_missing": _("The consent was taken back"),
    "pause": _("Pause"),
    "open": _("Go on"),
    "asked_again": _("Asked for once more."),
    "room_asked": _("The room tone is asked for once more."),
    "noted": _("Noted."),
    "unreachable": _("The server cannot be reached. Trying again."),
    "waiting_at_recorder.one": _("1 take waits at the recorder"),
    "waiting_at_recorder.many": _("{n} takes wait at the recorder"),
    "bad_which": _("Only a bad take is there of: {numbers}"),
    "no_prompt": _("no prompt at hand"),
    "choose": _("Choose"),
    "listen_to": _("Listen to take {n}"),
    "place": _("Prompt {n} of {of}"),
}


def recorder_texts(*, by_link: bool) -> dict[str, str]:
    """`by_link`: for a speaker without an account, who cannot sign in again."""
    return _said(REASONS | VERDICTS | LEVELS | RECORDER | WITHHELD | (BY_LINK if by_link else {}))


def operator_texts() -> dict[str, str]:
    return _said(REASONS | VERDICTS | LEVELS | OPERATOR)


def withheld_texts(*, by_link: bool) -> dict[str, str]:
    said = WITHHELD | UNSAID | (UNSAID_BY_LINK if by_link else {})
    return {name: str(text) for name, text in said.items()}


def _said(texts: dict) -> dict[str, str]:
    return {name: str(text) for name, text in (texts | REFUSED).items()}
