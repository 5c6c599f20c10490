"""What the error codes of recording, labelling and releasing mean. See `speecheq.error_codes`."""

from __future__ import annotations

from speecheq.error_codes import ErrorCode, ErrorCodes

_CORPORA: ErrorCodes = {
    "slug_taken": ErrorCode("409", "Another corpus has this slug. Choose another."),
    "code_taken": ErrorCode("409", "The corpus has a speaker of this code. Choose another."),
    "too_many_members": ErrorCode("422", "More names than a list may hold. Split the work."),
    "bad_filter": ErrorCode("422", "A filter over clips is a text or a list of texts."),
    "username_taken": ErrorCode("409", "Somebody has this user name. Choose another."),
    "bad_username": ErrorCode("422", "Use letters, digits and @ . + - _ in a user name."),
    "no_membership": ErrorCode("422", "Name at least one corpus and role of the new user."),
    "no_data_manager": ErrorCode("422", "A corpus needs a data manager. Keep or name one."),
    "unknown_corpus": ErrorCode("422", "No such corpus among yours. `detail` lists them."),
    "unknown_user": ErrorCode("422", "No such user. Invite the person first."),
    "not_in_corpus": ErrorCode("field", "The user is no member of the corpus. Make them one."),
    "no_picture": ErrorCode("404", "The picture of this clip cannot be drawn from its sound."),
    "no_audio": ErrorCode("404", "The clip is label_only: it has ratings and no sound."),
    "no_rows": ErrorCode("job", "The manifest or folder holds no clip."),
}

_IMPORT: ErrorCodes = {
    "unknown_recipe": ErrorCode("422, job", "No such recipe. `detail` lists the known ones."),
    "path_not_found": ErrorCode("422, job", "Nothing lies at this path below the import root."),
    "row_count": ErrorCode("400", "A call takes 1 to 10,000 rows. Split it or use imports/."),
    "not_an_object": ErrorCode("field", "A row is an object with the fields of a clip."),
    "not_a_folder": ErrorCode("job", "The path is no folder. Name the corpus's folder."),
    "not_a_manifest": ErrorCode("job", "A manifest ends in .csv or .jsonl."),
    "no_manifest": ErrorCode("job", "Put one of manifest.csv and manifest.jsonl in the folder."),
    "bad_encoding": ErrorCode("job", "The manifest is not UTF-8. Save it as UTF-8."),
    "bad_csv": ErrorCode("job", "The manifest is no CSV from the named line on."),
    "bad_json": ErrorCode("job", "The line is not one JSON object."),
    "unknown_column": ErrorCode("job", "No such column. `detail` lists the known ones."),
    "missing_column": ErrorCode("job", "A manifest needs the columns key, audio and speaker."),
    "repeated_column": ErrorCode("job", "A column stands twice. Keep one."),
    "too_many_rows": ErrorCode("job", "The manifest has too many rows. Split it."),
    "too_many_errors": ErrorCode("job", "Most rows are wrong. Send the right manifest."),
    "line_too_long": ErrorCode("job", "A line is too long for a list. Send CSV or JSON Lines."),
    "list_too_large": ErrorCode("job", "The manifest is above the limit. Split it."),
    "not_an_archive": ErrorCode("job", "The file is no zip, tar or tar.gz."),
    "bad_archive": ErrorCode("job", "The archive cannot be read to its end. Pack it again."),
    "encrypted_archive": ErrorCode("job", "The archive is encrypted. Pack it without a password."),
    "archive_too_large": ErrorCode("job", "The archive unpacks to more than is allowed. Split it."),
    "unsafe_member": ErrorCode("job", "A member is a link, or its name leads outside."),
}

_ROWS: ErrorCodes = {
    "audio_not_found": ErrorCode("job", "No file of this name. Name it from the manifest on."),
    "audio_on_label_only": ErrorCode("400, job", "A label_only row names no audio file."),
    "bad_language": ErrorCode("400, job", "Give a language tag such as en or zh-CN."),
    "bad_name": ErrorCode("job", "The file is not named as the corpus names its files."),
    "control_character": ErrorCode("400, job", "The text holds a control character."),
    "eis_without_esc": ErrorCode("400, job", "An intended intensity needs an intended category."),
    "formula": ErrorCode("422, 400, job", "A name may not start with = + - or @."),
    "key_conflict": ErrorCode("job", "The key is taken by another sound. Give it another key."),
    "key_repeated": ErrorCode("job", "Keys are unique in a corpus. This one came before."),
    "not_a_flag": ErrorCode("400, job", "label_only is true or false."),
    "not_speech_audio": ErrorCode("job", "RAVDESS: only speech as audio (03-01) is taken."),
    "not_text": ErrorCode("400, job", "The value is not text."),
    "speaker_conflict": ErrorCode("job", "The speaker is known with another sex. Correct one."),
    "unknown_sex": ErrorCode("400, job", "sex is female, male or other."),
    "wrong_cell_count": ErrorCode("job", "The row has more or fewer cells than the header."),
}

_AUDIO: ErrorCodes = {
    "corrupt": ErrorCode("job", "Decoding failed midway. Export the file again."),
    "not_audio": ErrorCode("job", "The file holds no sound in a format that is known."),
    "not_finite": ErrorCode("job", "Samples are NaN or infinite. Export the file again."),
    "not_wav": ErrorCode("422, job", "Another format where only WAV is taken. Send the WAV file."),
    "silent": ErrorCode("job", "The file is silence. Record it again."),
    "too_long": ErrorCode("400, job", "The sound or text is longer than allowed."),
    "too_many_channels": ErrorCode("job", "The file has too many channels. Mix it down."),
    "too_short": ErrorCode("job", "The sound is shorter than a clip may be."),
    "truncated": ErrorCode("job", "The file ends before its header says. Copy it again."),
    "unreadable": ErrorCode("job", "The file cannot be read. See `detail`."),
    "unsupported": ErrorCode("job", "The codec is not one of those accepted. Convert to WAV."),
    "unsupported_rate": ErrorCode("job", "The sample rate is out of range. Resample it."),
}

_CAMPAIGNS: ErrorCodes = {
    "name_taken": ErrorCode("409", "The corpus has a campaign of this name. Choose another."),
    "no_clips": ErrorCode("422, job", "No clip matches, or none has a label. Choose others."),
    "unknown_clip": ErrorCode("422", "A key is no clip with audio of the corpus."),
    "shares_too_large": ErrorCode("422", "Gold and repeats take more than half of the clips."),
    "unknown_member": ErrorCode("422", "The person is no member of the campaign. Add them first."),
    "scheme_differs": ErrorCode("409", "Only a newer version of the same scheme can follow."),
    "scheme_older": ErrorCode("409", "The campaign has a newer version of the scheme."),
    "labels_lost": ErrorCode("409", "The version lacks a label that was given already."),
    "too_many_references": ErrorCode("422", "The list names more clips than a campaign may."),
    "all_known": ErrorCode("422", "Every clip would be known. Leave some to be labelled."),
    "repeated_clip": ErrorCode("422", "A clip is named twice. Name it once."),
    "too_many_groups": ErrorCode("422", "The campaign would have too many groups."),
    "group_name_taken": ErrorCode("422", "Two groups have one name. Give each its own."),
    "member_in_two_groups": ErrorCode("422", "A person is in one group at most."),
    "clip_in_two_groups": ErrorCode("422", "A clip is kept for one group at most."),
    "bad_table": ErrorCode("400", "The first line does not name the columns that are wanted."),
    "unknown_purpose": ErrorCode("422", "A known clip is for gold, practice or anchor."),
    "qualification_conflict": ErrorCode("409", "Their qualification is another by now."),
    "clip_in_work": ErrorCode("409", "People label the clip already. Choose another."),
    "unknown_scheme": ErrorCode("422", "No such scheme. `detail` lists the known ones."),
    "state_conflict": ErrorCode("409", "The campaign cannot go from its state to this one."),
    "campaign_not_open": ErrorCode("409", "The campaign is not open. Ask its data manager."),
    "not_in_campaign": ErrorCode("403", "You are no member of the campaign."),
    "still_blind": ErrorCode("403", "What others answered is shown once the campaign is closed."),
    "practice_order": ErrorCode("409", "Answer the practice clips in order, once each."),
    "not_a_thread_yet": ErrorCode("422", "Name the `question`: only a thread is closed or read."),
    "clip_or_question": ErrorCode("422", "Name a clip to ask about, or a question to go on in."),
    "no_message": ErrorCode("422", "The message is empty. Write it, or close the thread."),
    "thread_full": ErrorCode("422", "The thread has as many messages as one may have."),
    "practice_first": ErrorCode("409", "Label the practice clips first."),
    "not_qualified": ErrorCode("403", "Too few practice clips were right. Ask the data manager."),
    "scheme_reserved": ErrorCode("403", "The scheme is built in. Give yours another code."),
    "scheme_exists": ErrorCode("409", "The scheme has this version. Raise the version."),
    "repeated": ErrorCode("422", "The category or intensity is offered twice."),
    "key_taken": ErrorCode("422", "The key does something else already. Choose another."),
    "key_not_allowed": ErrorCode("422", "The key cannot be chosen. `detail` lists those that can."),
    "unknown_action": ErrorCode("422", "No such action in the scheme. `detail` lists them."),
    "no_levels": ErrorCode("422", "An intensity cannot be required where none is offered."),
    "neutral_in_multi": ErrorCode("422", "In multi mode leave NEU out: it is 0 in all."),
    "neutral_needs_zero": ErrorCode("422", "Offer NEU and intensity 0 together, or neither."),
    "reserved_code": ErrorCode("422", "The code names a part of every label. Choose another."),
    "empty_range": ErrorCode("422", "The range ends before it begins. Raise its end."),
    "bad_step": ErrorCode("422", "The steps do not lead from the first value to the last."),
    "no_pictures": ErrorCode("422", "Pictures exist for other scales only. Use a slider."),
    "sam_steps": ErrorCode("422", "Pictures go with 5 or 9 whole numbers."),
    "secondary_in_multi": ErrorCode("422", "In multi mode there are no further emotions."),
    "never_applies": ErrorCode("422", "No answer fulfils the condition of the rule."),
    "asks_nothing": ErrorCode("422", "The rule asks for nothing. Give a min or a max."),
    "does_not_go_with": ErrorCode("field", "min and max go with extra; eis_min, eis_max without."),
    "cannot_be_met": ErrorCode("422", "No answer can meet the rule, or these rules together."),
    "zero_missing": ErrorCode("422", "In multi mode offer intensity 0, for not heard."),
}

_LABELS: ErrorCodes = {
    "assignment_unknown": ErrorCode("404", "You have no such assignment. Ask next/ again."),
    "assignment_closed": ErrorCode("409", "Already submitted or skipped. Revise to change it."),
    "annotation_unknown": ErrorCode("404", "You have no such annotation."),
    "annotation_superseded": ErrorCode("409", "Revised already. Revise the newest one."),
    "idempotency_key_missing": ErrorCode("400", "Send the header Idempotency-Key."),
    "idempotency_key_too_long": ErrorCode("400", "Use an Idempotency-Key of 1 to 100 characters."),
    "idempotency_key_reused": ErrorCode("409", "The key was used for another request. Make a new."),
    "bad_labels": ErrorCode("422", "The labels do not fit the scheme. `errors` says where."),
    "scheme_changed": ErrorCode("409", "The scheme has a newer version. Ask next/ again."),
    "tones_not_heard": ErrorCode("422", "Not all tones were heard. Set the volume again."),
    "not_heard": ErrorCode("422", "Listen to the whole clip before you answer."),
    "no_labels": ErrorCode("422, job", "There is no label where at least one is needed."),
    "too_many_labels": ErrorCode("422", "The scheme takes one label, or one for each emotion."),
    "duplicate_esc": ErrorCode("422", "An emotion is rated twice. Rate it once."),
    "unknown_esc": ErrorCode("422, 400", "No such category. `detail` lists those on offer."),
    "eis_required": ErrorCode("422", "The category needs an intensity in this scheme."),
    "not_an_integer": ErrorCode("field", "An intensity is a whole number: not 2.0, not text."),
    "out_of_scale": ErrorCode("422, 400, job", "The intensity is not one of those on offer."),
    "neu_needs_zero": ErrorCode("422, 400", "NEU has intensity 0 and no other."),
    "zero_needs_neu": ErrorCode("422, 400", "Intensity 0 means NEU. Choose NEU, or 1 and more."),
    "too_many_secondary": ErrorCode("422", "More further emotions than the scheme takes."),
    "secondary_is_primary": ErrorCode("422", "A further emotion repeats the first. Remove it."),
    "secondary_with_neutral": ErrorCode("422", "Neutral has no further emotion beside it."),
    "not_an_emotion": ErrorCode("422", "Neutral, Other and Cannot tell are no further emotions."),
    "unknown_extra": ErrorCode("422", "No such further scale. `detail` lists those on offer."),
    "extra_required": ErrorCode("422", "The scheme needs a rating on this scale."),
    "not_a_number": ErrorCode("400, field", "A rating is a number: not text, not true or false."),
    "off_step": ErrorCode("422", "The rating lies between two steps of its scale."),
    "cross_rule": ErrorCode("422", "Two answers contradict each other by a rule of the scheme."),
    "out_of_range": ErrorCode("422", "The number is outside its range. `detail` gives it."),
    "unknown_method": ErrorCode("422", "No such consensus method. `detail` lists them."),
    "method_does_not_fit": ErrorCode("422", "The method is for the other mode of scheme."),
    "unknown_parameter": ErrorCode("422", "The method has no such parameter."),
}

_RELEASES: ErrorCodes = {
    "release_exists": ErrorCode("409", "A release is never changed. Raise the version."),
    "release_not_ready": ErrorCode("409", "The release is not frozen yet, or failed."),
    "export_not_ready": ErrorCode("409", "The export is not made yet. Follow its job."),
    "unknown_campaign": ErrorCode("422", "No such campaign in these corpora."),
    "multi_label_campaign": ErrorCode("422", "A release needs one label a clip."),
    "unknown_consensus": ErrorCode("422", "No such kind of label. `detail` lists them."),
    "no_campaigns": ErrorCode("422", "Plurality needs votes: name a campaign, or ask intended."),
    "campaigns_not_used": ErrorCode("422", "Intended labels need no campaign: name none."),
    "unknown_label_space": ErrorCode("422", "No such label space. `detail` lists them."),
    "finer_scale": ErrorCode("422", "Labels are read at a coarser scale, never at a finer."),
    "unknown_format": ErrorCode("422, job", "No such format, or a file of an unknown version."),
    "bad_ratios": ErrorCode("422", "Ratios of train, dev and test are 0 to 1 and sum to 1."),
    "bad_disjoint": ErrorCode("422", "Splits cannot be disjoint in this. `detail` lists in what."),
    "bad_assign": ErrorCode("422", "Assign speakers of these clips to train, dev or test."),
    "unknown_speaker": ErrorCode("422", "No speaker, or several, of this name. Use the id."),
    "one_speaker": ErrorCode("422, job", "All clips are by one speaker: nothing to split."),
    "too_few_groups": ErrorCode("422, job", "Too few speakers for the splits. Ask for fewer."),
    "empty_split": ErrorCode("422, job", "A split has no clip. Change ratios, or add speakers."),
    "assign_conflict": ErrorCode("422, job", "Speakers that share audio are assigned apart."),
    "ledger_conflict": ErrorCode("422, job", "Earlier versions froze a speaker elsewhere."),
    "ledger_moved": ErrorCode("409, job", "Another version froze a speaker meanwhile. Ask again."),
    "unknown_speaker_outside_train": ErrorCode(
        "422, job", "A clip of unknown speaker may enter train only. Name its speaker."
    ),
    "leak": ErrorCode("job", "The splits share a speaker or audio. Nothing was released."),
}

_RECORDING: ErrorCodes = {
    # scripts
    "script_reserved": ErrorCode("403", "The script is built in. Give yours another code."),
    "script_of_others": ErrorCode("403", "The script is somebody else's. Give yours another code."),
    "script_exists": ErrorCode(
        "409", "The script has this version or a higher. Raise the version."
    ),
    "repeated_key": ErrorCode("422, 400", "Keys of prompts are unique in a script. Rename one."),
    "repeated_name": ErrorCode("422, 400", "Names of sections are unique in a script. Rename one."),
    "too_many_prompts": ErrorCode("422, 400", "The script has too many prompts. Split it."),
    "too_many_sections": ErrorCode("422, 400", "The script has too many sections. Split it."),
    # consent
    "consent_missing": ErrorCode("403", "The speaker has not agreed to this. Sign a consent."),
    # sessions and links
    "session_not_open": ErrorCode("409", "The session is not open. Open it, or go on with it."),
    "unknown_prompt": ErrorCode("422", "The prompt is none of this session's."),
    # takes, uploads and clips
    # quality of takes
    "qc_rules": ErrorCode("422", "A rule for the quality of takes cannot be. `errors` names it."),
    "unknown_rule": ErrorCode("422", "No such rule for the quality of takes."),
    "bad_rule_value": ErrorCode("422", "A rule is a number; a count is a whole one."),
    "rules_cross": ErrorCode("422", "The yellow limit is worse than the red one. Change both."),
    # the recorder page and the operator's screen
    # long files
    # WebSpeechRecorderNg
}

ERROR_CODES: ErrorCodes = (
    _CORPORA | _IMPORT | _ROWS | _AUDIO | _CAMPAIGNS | _LABELS | _RELEASES | _RECORDING
)
