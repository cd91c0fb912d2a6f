import json

import torch
from torch import nn

from training.resume import AveragedModel, RateCycle, averaged_weights, load_epoch, save_epoch


def build():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40)
    parts = {"optimizer": optimizer, "schedule": schedule, "averaged": AveragedModel(model)}
    return {"model": model, **parts}


def train_epoch(parts):
    model, optimizer = parts["model"].train(), parts["optimizer"]
    for _ in range(10):
        loss = model(torch.randn(6, 4)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        parts["schedule"].step()
        parts["averaged"].update(model)


def test_a_resumed_run_ends_bit_equal_to_an_uninterrupted_one(tmp_path):
    straight = build()
    for _ in range(3):
        train_epoch(straight)
    killed = build()
    train_epoch(killed)
    save_epoch(tmp_path / "state.pt", 1, **killed)
    torch.manual_seed(999)  # another process starts with other random numbers
    resumed = build()
    assert load_epoch(tmp_path / "state.pt", **resumed) == 1
    for _ in range(2):
        train_epoch(resumed)
    for key, value in straight["model"].state_dict().items():
        assert torch.equal(value, resumed["model"].state_dict()[key]), key
    for key, value in straight["averaged"].state.items():
        assert torch.equal(value, resumed["averaged"].state[key]), key


def test_without_a_saved_state_training_starts_at_the_beginning(tmp_path):
    assert load_epoch(tmp_path / "none.pt", **build()) == 0


def test_averaged_weights_are_lent_not_kept():
    parts = build()
    train_epoch(parts)
    model, averaged = parts["model"], parts["averaged"]
    live = model[0].weight.clone()
    with averaged_weights(model, averaged):
        assert torch.equal(model[0].weight, averaged.state["0.weight"])
        assert not torch.equal(model[0].weight, live)
    assert torch.equal(model[0].weight, live)


def run_cycle(path, epochs):
    """Epochs of ten steps towards zero; the model, and what the log says."""
    torch.manual_seed(0)
    model = nn.Linear(4, 2)
    cycle = RateCycle(model, [{"params": model.parameters(), "lr": 0.1}], 30, path, averaging=0.9)

    def epoch(title):
        return sum(cycle.step(model(torch.randn(6, 4)).pow(2).mean()) for _ in range(10)) / 10

    def scores():
        return {"size": float(model.weight.detach().norm())}

    log = path.with_suffix(".jsonl")
    cycle.run(epochs, epoch, scores, log=log, name="toy")
    return model, [json.loads(line) for line in log.read_text().splitlines()]


def test_a_cycle_goes_on_after_a_kill_and_ends_with_averaged_weights(tmp_path):
    straight, told = run_cycle(tmp_path / "straight.pt", 3)
    run_cycle(tmp_path / "killed.pt", 1)
    resumed, told_again = run_cycle(tmp_path / "killed.pt", 3)
    assert torch.equal(straight.weight, resumed.weight)
    assert [row["epoch"] for row in told_again] == [1, 2, 3]
    losses, again = ([row["loss"] for row in rows] for rows in (told, told_again))
    assert losses == again and losses[-1] < losses[0]
    assert told[-1]["size"] == float(straight.weight.detach().norm())  # the averaged, not the live
