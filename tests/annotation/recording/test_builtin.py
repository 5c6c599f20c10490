"""The two scripts of every installation: balanced in sounds, and in who says what how."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

import pytest

from annotation.labelspaces.presets import CORE_7
from annotation.recording.builtin import BUILT_IN, EMOTIONS, INTENSITIES, BuiltIn, built_in
from annotation.recording.phonemes import dictionary_file, read_transcripts
from annotation.recording.script import problems, tidied
from annotation.recording.sounds import LEAST, VOWELS, count_sounds

CELLS = [("NEU", 0), *((esc, eis) for esc in EMOTIONS for eis in INTENSITIES)]


@pytest.fixture(params=BUILT_IN, scope="module")
def found(request) -> BuiltIn:
    return built_in(request.param)


def main_prompts(found: BuiltIn) -> list:
    return [p for section in found.script.sections[1:] for p in section.prompts]


def sentences(found: BuiltIn) -> dict[str, list[str]]:
    """Phonemes of each distinct sentence of the main sections."""
    return {prompt.text: found.phonemes[prompt.key] for prompt in main_prompts(found)}


def syllables(phonemes: list[str]) -> int:
    cores = [each.removeprefix("en:") in VOWELS.split() for each in phonemes]
    return sum(core or each[-1].isdigit() for core, each in zip(cores, phonemes, strict=True))


def test_it_may_be_stored_as_it_is(found):
    assert tidied(found.script) == found.script
    assert problems(found.script) == []


def test_every_sound_occurs_at_least_three_times_over_sixty_sentences(found):
    counts = count_sounds(sentences(found).values(), found.script.language)
    assert len(sentences(found)) == 60
    assert counts.rare(LEAST) == {} and counts.other == {}


def test_sentences_have_eight_to_twenty_syllables(found):
    lengths = [syllables(phonemes) for phonemes in found.phonemes.values()]
    assert min(lengths) >= 8 and max(lengths) <= 20


def test_stored_phonemes_are_those_of_the_dictionaries(found):
    if found.script.language == "en" and dictionary_file() is None:
        pytest.skip("the extra `worker` is not installed")
    prompts = list(found.script.prompts())
    readings = read_transcripts((each.text, found.script.language) for each in prompts)
    assert [list(each.symbols or ()) for each in readings] == [
        found.phonemes[each.key] for each in prompts
    ]


def test_every_sentence_is_said_neutrally_and_at_each_intensity_in_another_emotion(found):
    said = defaultdict(list)
    for prompt in main_prompts(found):
        said[prompt.text].append((prompt.target_esc, prompt.target_eis))
    for turns in said.values():
        assert ("NEU", 0) in turns
        assert sorted(eis for _, eis in turns) == [0, 1, 2, 3]
        assert len({esc for esc, _ in turns}) == 4


def test_every_cell_has_ten_sentences_and_neutral_has_all_sixty(found):
    counts = Counter((each.target_esc, each.target_eis) for each in main_prompts(found))
    assert counts == {cell: 60 if cell == ("NEU", 0) else 10 for cell in CELLS}


def test_each_part_has_every_sentence_once_and_every_cell(found):
    for section in found.script.sections[1:]:
        cells = Counter((each.target_esc, each.target_eis) for each in section.prompts)
        emotions = Counter(each.target_esc for each in section.prompts)
        assert len({each.text for each in section.prompts}) == len(section.prompts) == 60
        assert set(cells) == set(CELLS)
        assert emotions.pop("NEU") == 15 and cells.pop(("NEU", 0)) == 15
        assert max(cells.values()) <= 4
        assert min(emotions.values()) >= 7 and max(emotions.values()) <= 9


def test_any_two_emotions_meet_on_twelve_sentences(found):
    emotions = defaultdict(set)
    for prompt in main_prompts(found):
        emotions[prompt.text].add(prompt.target_esc)
    met = Counter(pair for said in emotions.values() for pair in combinations(sorted(said), 2))
    assert {met[tuple(sorted(pair))] for pair in combinations(EMOTIONS, 2)} == {12}


def test_training_has_each_category_once_with_sentences_of_its_own(found):
    training, *parts = found.script.sections
    assert (training.kind, {part.kind for part in parts}) == ("training", {"main"})
    assert [each.target_esc for each in training.prompts] == CORE_7
    assert not {each.text for each in training.prompts} & set(sentences(found))


def test_each_category_and_intensity_has_a_scenario_of_its_own(found):
    scenarios = {
        (each.target_esc, each.target_eis): each.scenario for each in found.script.prompts()
    }
    assert len(set(scenarios.values())) == len(CELLS) == len(scenarios)
    assert all(each.hint for each in found.script.prompts())
