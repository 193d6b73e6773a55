from spatial.interpolation.kept import keep


def test_one_thing_is_kept_until_another_model_comes():
    made = []

    def make():
        made.append(len(made))
        return made[-1]

    assert [keep("one", make), keep("one", make), keep("two", make), keep("one", make)] == [
        0,
        0,
        1,
        2,
    ]
