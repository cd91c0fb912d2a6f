import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from mmdemo.models.encoders import EfficientNetEncoder
from training.calibration import fit_temperature, pair_rows, single_threshold
from training.face_stage import RARE_COPIES, augment, epoch_order, plain
from training.fusion_stage import Faces, taught
from training.text_stage import best_thresholds, like_length_batches


def test_training_and_running_see_the_same_pixels():
    face = torch.randint(0, 256, (1, 1, 48, 48), dtype=torch.uint8)
    encoder = EfficientNetEncoder(image_size=96, grey=True)
    run = encoder.preprocess([Image.fromarray(face[0, 0].numpy())])
    assert (plain(face, 96) - run).abs().max() < 0.02  # rounding to whole grey values


def test_augmented_faces_stay_faces():
    faces = torch.randint(0, 256, (8, 1, 48, 48), dtype=torch.uint8)
    looks = augment(faces, 64, 1.0)
    assert looks.shape == (8, 3, 64, 64)
    assert looks.min() >= -1
    assert looks.max() <= 1
    assert not torch.equal(looks, augment(faces, 64, 1.0))


def test_rare_classes_are_drawn_more_often():
    labels = torch.tensor([0] * 2000 + [1] * 10)
    drawn = labels[epoch_order(labels)]
    assert int((drawn == 0).sum()) == 2000
    assert int((drawn == 1).sum()) == 10 * RARE_COPIES


def test_every_row_is_in_one_batch_with_rows_of_like_length():
    lengths = np.random.default_rng(0).integers(1, 60, 500).tolist()
    batches = like_length_batches(lengths, 16)
    assert sorted(torch.cat(batches).tolist()) == list(range(500))
    spread = [max(lengths[i] for i in b) - min(lengths[i] for i in b) for b in batches]
    assert np.mean(spread) < 5


def test_thresholds_are_those_with_the_best_f1():
    probabilities = np.array([[0.1, 0.9], [0.4, 0.6], [0.45, 0.55], [0.7, 0.3]])
    targets = np.array([[0, 1], [1, 0], [1, 0], [1, 0]])
    thresholds, scores = best_thresholds(probabilities, targets)
    assert 0.1 < thresholds[0] <= 0.4
    assert 0.6 < thresholds[1] <= 0.9
    assert scores == [1.0, 1.0]
    assert 0.1 <= single_threshold(probabilities[:, :1], targets[:, :1]) <= 0.4


def test_pairs_agree_and_are_the_same_every_time():
    targets = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]])
    faces = torch.tensor([2, 2, 0, 1, 0])
    rows, picks, labels = pair_rows(targets, faces, seed=0)
    assert rows.tolist() == [0, 1, 3]  # the sentence with two labels is left out
    assert faces[picks].tolist() == labels.tolist() == [0, 1, 2]
    assert torch.equal(picks, pair_rows(targets, faces, seed=0)[1])


def test_temperature_cools_an_overconfident_model():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(0, 3, (2000,), generator=generator)
    noise = torch.randn(2000, 3, generator=generator)
    logits = 1.5 * torch.eye(3)[truth] + noise  # as sure as it should be
    fair = fit_temperature(logits, torch.eye(3)[truth])
    assert fit_temperature(logits * 2, torch.eye(3)[truth]) > 1.5 * fair


def test_a_taught_face_lies_half_way_between_label_and_teacher():
    features = torch.randn(2, 3, 9, 5, generator=torch.Generator().manual_seed(0)).half()
    labels = torch.tensor([0, 3, 6])
    faces = Faces(features, labels, F.one_hot(labels, 7).float())
    unsure = {"weight": torch.zeros(7, 5), "bias": torch.zeros(7)}
    targets = taught(faces, unsure).targets
    assert torch.allclose(targets.sum(1), torch.ones(3))
    assert torch.allclose(targets[1, 3], torch.tensor(0.5 + 0.5 / 7))
    sure = {"weight": torch.zeros(7, 5), "bias": 50.0 * F.one_hot(torch.tensor(2), 7).float()}
    assert torch.allclose(taught(faces, sure).targets[:, 2], torch.full((3,), 0.5))
