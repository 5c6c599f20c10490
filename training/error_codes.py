"""What the error codes of training and scoring mean. See `speecheq.error_codes`."""

from __future__ import annotations

from speecheq.error_codes import ErrorCode, ErrorCodes

_CONFIG: ErrorCodes = {
    "bad_config": ErrorCode("422", "The configuration cannot be used. `errors` says where."),
    "unknown_preset": ErrorCode("422", "No such preset. `detail` lists them."),
    "unknown_choice": ErrorCode("422", "The value is not one of those on offer."),
    "wrong_type": ErrorCode("400", "The value of the configuration has the wrong type."),
    "not_divisible": ErrorCode("422", "Channels must be a multiple of the groups."),
    "duplicate": ErrorCode("422", "A category stands twice in heads.esc. Keep one."),
    "not_measurable": ErrorCode("job", "The dev split lacks labels for this selection_metric."),
}

_RUNS: ErrorCodes = {
    "unknown_release": ErrorCode("422", "No such release among those you may read."),
    "run_finished": ErrorCode("409", "The run has ended; there is nothing to cancel."),
    "other_run": ErrorCode("job", "The folder holds the state of another run. Start a new run."),
    "bad_state": ErrorCode("job", "The saved state cannot be read. Start a new run."),
    "no_model": ErrorCode("job", "The model's files are missing. Train it again."),
    "weights_altered": ErrorCode("job", "The model's files are not those of the run."),
    "too_few_categories": ErrorCode("job", "The train split needs two categories at least."),
    "neutral_level": ErrorCode("job", "A clip breaks the rule NEU if and only if 0."),
    "bad_audio_hash": ErrorCode("job", "A clip's audio hash is no SHA-256."),
    "unreadable_audio": ErrorCode("job", "A clip's sound cannot be read."),
    "empty_audio": ErrorCode("job", "A clip's sound has no samples."),
    "audio_not_finite": ErrorCode("job", "A clip's samples are no numbers."),
}

_ROUNDS: ErrorCodes = {
    "unknown_acquisition": ErrorCode("422", "No such acquisition function. `detail` lists them."),
    "campaign_closed": ErrorCode("409", "Nothing in a closed campaign waits for labels."),
    "empty_pool": ErrorCode("422, job", "No clip is left to order in this campaign."),
    "model_not_better": ErrorCode(
        "409, job", "A better model ordered this queue before. Use it, or random."
    ),
}

ERROR_CODES: ErrorCodes = _CONFIG | _RUNS | _ROUNDS
