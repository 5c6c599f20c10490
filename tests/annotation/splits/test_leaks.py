from annotation.splits.leaks import LeakRow, leak_report


def pair(report, a, b):
    return next(each for each in report["pairs"] if (each["a"], each["b"]) == (a, b))


def test_every_pair_of_splits_is_reported_even_when_clean():
    report = leak_report([LeakRow("train", ("s1",)), LeakRow("test", ("s2",))])
    assert [(each["a"], each["b"]) for each in report["pairs"]] == [
        ("train", "dev"),
        ("train", "test"),
        ("dev", "test"),
    ]
    assert pair(report, "train", "test") == {
        "a": "train",
        "b": "test",
        "speakers": 0,
        "audio": 0,
        "sessions": 0,
        "texts": 0,
    }


def test_each_kind_of_leak_is_counted_once_per_value():
    rows = [
        LeakRow("train", ("s1", "s2"), ("h1",), session="x", text="Kids talk."),
        LeakRow("train", ("s1",), ("h2",), session="x", text="Dogs sit."),
        LeakRow("test", ("s1", "s2"), ("h1",), session="x", text="kids  talk."),
    ]
    leaks = pair(leak_report(rows), "train", "test")
    assert (leaks["speakers"], leaks["audio"], leaks["sessions"], leaks["texts"]) == (2, 1, 1, 1)


def test_a_leak_between_two_splits_is_not_blamed_on_the_third():
    report = leak_report([LeakRow("train", ("s1",)), LeakRow("dev", ("s1",))])
    assert pair(report, "train", "dev")["speakers"] == 1
    assert pair(report, "dev", "test")["speakers"] == 0


def test_components_join_speakers_over_their_audio():
    rows = [
        LeakRow("train", ("s1",), ("h1",)),
        LeakRow("train", ("s2",), ("h1",)),
        LeakRow("test", ("s3",), ("h3",)),
        LeakRow("train"),
    ]
    report = leak_report(rows)
    assert report["components"] == 3
    assert report["largest_share"] == 0.5


def test_nothing_leaks_from_nothing():
    report = leak_report([])
    assert (report["components"], report["largest_share"]) == (0, 0.0)
