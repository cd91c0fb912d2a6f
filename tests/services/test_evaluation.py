"""Metrics: by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from mmdemo.services.evaluation import (
    ARGMAX_RULE,
    THRESHOLD_RULE,
    LabelOutcome,
    calibration_error,
    classification_scores,
    first_match_ranks,
    macro_f1,
    precision_recall_f1,
    recall_at_k,
    retrieval_scores,
    summary,
)

LABELS = ("anger", "joy", "neutral")


def outcome(probabilities, truth, threshold=0.5) -> LabelOutcome:
    """An outcome from lists; ``truth`` lists the true label indices of each row."""
    probabilities = np.array(probabilities, float)
    marks = np.zeros(probabilities.shape, bool)
    for row, indices in enumerate(truth):
        marks[row, indices] = True
    return LabelOutcome(LABELS, probabilities, marks, probabilities >= threshold)


def random_outcome(seed: int, n: int = 400) -> LabelOutcome:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.7, 0.7, 0.7], size=n)
    return outcome(probabilities, [[i] for i in rng.integers(0, 3, n)])


class TestSingleLabels:
    # answers: anger, joy, joy, neutral; truth: anger, joy, neutral, neutral
    four = outcome(
        [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.6, 0.3], [0.0, 0.1, 0.9]], [[0], [1], [2], [2]]
    )

    def test_figures_by_hand(self):
        scores = classification_scores(self.four)
        assert scores["n"] == 4
        assert scores["accuracy"] == 0.75
        assert scores["confusion_matrix"] == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
        assert scores["report"]["joy"] == pytest.approx(
            {"precision": 1 / 2, "recall": 1, "f1": 2 / 3, "support": 1}
        )
        # F1: anger 1, joy 2/3, neutral 2/3
        assert scores["macro_f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
        assert scores["macro_f1_rule"] == ARGMAX_RULE

    def test_calibration_by_hand(self):
        # four different bins: (.2 + .3 + .6 + .1) / 4
        assert summary(self.four)["ece"] == pytest.approx(1.2 / 4)

    @pytest.mark.parametrize("seed", range(3))
    def test_agrees_with_scikit_learn(self, seed):
        got = random_outcome(seed)
        true, answer = got.truth.argmax(1), got.top
        scores = classification_scores(got)
        assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(true, answer))
        assert scores["macro_f1"] == pytest.approx(metrics.f1_score(true, answer, average="macro"))
        assert scores["confusion_matrix"] == metrics.confusion_matrix(true, answer).tolist()
        theirs = metrics.precision_recall_fscore_support(true, answer)
        ours = [list(scores["report"][label].values()) for label in LABELS]
        np.testing.assert_allclose(np.array(ours).T, np.array(theirs))

    def test_a_label_that_the_dataset_does_not_use_is_left_out_of_the_mean(self):
        got = outcome([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]], [[0], [1]])
        assert classification_scores(got)["macro_f1"] == 1.0
        assert classification_scores(got)["report"]["neutral"]["support"] == 0


class TestSeveralLabels:
    # truth: joy and anger; joy. Answers pass 0.4: both; joy and neutral
    two = outcome([[0.45, 0.5, 0.05], [0.0, 0.5, 0.5]], [[0, 1], [1]], threshold=0.4)

    def test_macro_f1_is_by_threshold_and_says_so(self):
        scores = classification_scores(self.two)
        assert scores["macro_f1_rule"] == THRESHOLD_RULE
        assert scores["macro_f1"] == scores["threshold_macro_f1"] == pytest.approx((1 + 1 + 0) / 3)
        # the single answers are joy, joy: anger 0, joy 1; neutral neither true nor answered
        assert scores["argmax_macro_f1"] == pytest.approx((0 + 1) / 2)

    def test_accuracy_asks_whether_the_answer_is_one_of_the_true_labels(self):
        assert classification_scores(self.two)["accuracy"] == 1.0

    def test_each_row_counts_once_in_the_confusion_matrix(self):
        wrong = outcome([[0.1, 0.2, 0.7]], [[0, 1]])
        assert classification_scores(wrong)["confusion_matrix"][0] == [0, 0, 1]
        assert np.sum(classification_scores(self.two)["confusion_matrix"]) == 2

    def test_agrees_with_scikit_learn(self):
        rng = np.random.default_rng(0)
        truth, predicted = rng.random((300, 5)) < 0.3, rng.random((300, 5)) < 0.3
        theirs = metrics.precision_recall_fscore_support(truth, predicted, zero_division=0)
        np.testing.assert_allclose(precision_recall_f1(truth, predicted).T, np.array(theirs[:3]))
        assert macro_f1(truth, predicted) == pytest.approx(
            metrics.f1_score(truth, predicted, average="macro")
        )


class TestCalibration:
    def test_is_zero_when_confidence_equals_accuracy_in_every_bin(self):
        confidence = np.array([0.75] * 4 + [0.5] * 2)
        correct = np.array([1, 1, 1, 0, 1, 0], bool)
        assert calibration_error(confidence, correct) == pytest.approx(0)

    def test_errors_in_one_bin_cancel_and_in_two_bins_do_not(self):
        # same bin (0.6667, 0.7333]: |1 + 0 - 1.4| / 2; different bins: (0.1 + 0.7) / 2
        assert calibration_error(np.array([0.7, 0.7]), np.array([True, False])) == pytest.approx(
            0.2
        )
        assert calibration_error(np.array([0.9, 0.7]), np.array([True, False])) == pytest.approx(
            0.4
        )

    def test_the_edges_belong_to_the_lower_bin(self):
        # with 2 bins 0.5 stands with 0.1, not with 0.9: |(1-.5) + (0-.1)| = .4 and |1-.9| = .1
        confidence, correct = np.array([0.5, 0.1, 0.9]), np.array([True, False, True])
        assert calibration_error(confidence, correct, bins=2) == pytest.approx(0.5 / 3)

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_extreme_confidences_have_a_bin(self, value):
        assert calibration_error(np.array([value]), np.array([False])) == pytest.approx(value)

    def test_nothing_has_no_error(self):
        assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0.0


class TestRetrieval:
    # three texts, two media; text 0 and 1 describe medium 0
    similarity = np.array([[0.9, 0.1], [0.3, 0.6], [0.2, 0.5]])
    owner = (0, 0, 1)

    def test_by_hand(self):
        scores = retrieval_scores(self.similarity, self.owner)
        assert (scores["n_media"], scores["n_texts"]) == (2, 3)
        # text ranks 1, 2, 1; medium 0 is found by text 0 first; medium 1: text 1 (.6) beats text 2
        assert scores["text_to_media"]["r@1"] == pytest.approx(200 / 3)
        assert scores["text_to_media"]["median_rank"] == 1
        assert scores["media_to_text"]["r@1"] == 50
        assert scores["media_to_text"]["median_rank"] == 1.5
        assert scores["media_to_text"]["r@5"] == 100

    def test_captions_of_one_medium_do_not_push_each_other_down(self):
        similarity = np.array([[0.9, 0.0], [0.8, 0.0], [0.7, 0.0], [0.1, 0.5]])
        assert retrieval_scores(similarity, (0, 0, 0, 1))["media_to_text"]["r@1"] == 100

    def test_a_model_that_cannot_tell_is_not_rewarded(self):
        ranks = first_match_ranks(np.zeros((4, 4)), np.eye(4, dtype=bool))
        assert ranks.tolist() == [4, 4, 4, 4]

    def test_agrees_with_sorting(self):
        rng = np.random.default_rng(1)
        similarity = rng.normal(size=(50, 20))
        owner = rng.integers(0, 20, 50)
        order = (-similarity).argsort(1)
        by_sorting = np.array([list(row).index(o) + 1 for row, o in zip(order, owner, strict=True)])
        ours = first_match_ranks(similarity, owner[:, None] == np.arange(20))
        assert ours.tolist() == by_sorting.tolist()

    def test_recall_is_in_percent(self):
        assert recall_at_k(np.array([1, 2, 6, 11]), 5) == 50

    def test_refuses_what_has_no_answer(self):
        with pytest.raises(ValueError, match="relevant"):
            retrieval_scores(np.zeros((2, 2)), (0, 0))
        with pytest.raises(ValueError, match="finite"):
            first_match_ranks(np.array([[np.nan]]), np.array([[True]]))
