# The tests of EvalPlus (Liu et al. 2023): on every input the program gives what the reference gives, numbers
# within the task's tolerance.
import copy
import json
import math


def is_floats(value):
    if isinstance(value, float):
        return True
    return isinstance(value, (list, tuple)) and all(isinstance(item, float) for item in value)


def close(out, expected, tolerance):
    if isinstance(expected, (list, tuple)):
        return len(out) == len(expected) and all(close(*pair, tolerance) for pair in zip(out, expected))
    if isinstance(expected, dict):
        return out.keys() == expected.keys() and all(close(out[key], expected[key], tolerance) for key in expected)
    return out == expected or math.isclose(out, expected, rel_tol=1e-7, abs_tol=tolerance)


# MBPP+ takes results of these in any order, and of those only whether there is one.
UNORDERED = ("similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly", "larg_nnum",
             "intersection_array", "find_dissimilar", "Diff")
ONE_OR_NONE = ("check_str", "text_match_three", "text_starta_endb")


def check(candidate):
    task = json.loads(row)
    mbpp = task["task_id"].startswith("Mbpp/")
    for given in task["base_input"] + list(task["plus_input"]):  # at times an empty object
        out = candidate(*copy.deepcopy(given))
        tolerance = task["atol"]
        if task["entry_point"] == "find_zero":  # any zero will do
            coefficients, = given
            assert abs(sum(c * out**i for i, c in enumerate(coefficients))) <= tolerance, given
            continue
        expected = reference(*copy.deepcopy(given))
        if tolerance == 0 and is_floats(expected):
            tolerance = 1e-6
        if mbpp and task["entry_point"] in UNORDERED:
            out, expected = set(out), set(expected)
        if mbpp and task["entry_point"] in ONE_OR_NONE:
            out, expected = (value if isinstance(value, bool) else value is not None for value in (out, expected))
        if out != expected:
            assert tolerance != 0 and close(out, expected, tolerance), given
