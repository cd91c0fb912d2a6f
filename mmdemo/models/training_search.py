"""Search better settings for tuning within a time that a person gives (optuna's TPE sampler).

The search goes by the clock, so what it finds may differ from run to run; what it found is kept,
and everything after it is again bit-equal. Every try is kept too, so a kill loses one at most.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from torch import Tensor

from ..data.whole_file import appearing
from ..errors import StoppedError
from .training_encoders import Start, Tuning
from .training_fold import Callbacks

if TYPE_CHECKING:
    from .training import Trainer, TrainPlan

FOLDS = 2  # while searching: a third of the work of four
EPOCHS = (1, 2, 3, 4, 6)
clock = time.monotonic
RATES = {"adapter": (1e-4, 2e-3), "full": (2e-5, 5e-4)}
MODES = ("adapter", "full")


class Search:
    """Tries settings of one plan until the time is up."""

    def __init__(
        self, trainer: Trainer, plan: TrainPlan, start: Start, weights: Tensor | None
    ) -> None:
        self.trainer, self.plan, self.start, self.weights = trainer, plan, start, weights
        self.path = trainer.work / "search.json"
        kept = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}
        self.tries: list[dict] = kept.get("tries", [])
        self.over: bool = kept.get("over", False)

    def run(self) -> TrainPlan:
        """The plan with the settings that had the lowest held-out loss; as it was when no try came
        to its end in time."""
        spent = sum(one["seconds"] for one in self.tries)
        until = clock() + 60 * self.plan.search_minutes - spent
        study = self._study()
        while not self.over and clock() < until:
            started = clock()
            trial = study.ask(self._space())
            loss = self._attempt(trial.params, until)
            if loss is None:
                break
            study.tell(trial, loss)
            seconds = clock() - started
            self.tries.append({"params": trial.params, "loss": loss, "seconds": seconds})
            self._keep(over=False)
            self._report_try()
        self._keep(over=True)
        if not self.tries:
            self.trainer.callbacks.message(
                "The search had no time for a single try; the usual settings are used."
            )
            return self.plan
        return self._with(min(self.tries, key=lambda one: one["loss"])["params"], self.plan.folds)

    def _space(self) -> dict:
        import optuna

        modes = [self.plan.mode] if self.plan.mode in MODES else list(MODES)
        choose, number = optuna.distributions.CategoricalDistribution, _log_scale
        return {
            "mode": choose(modes),
            **{f"rate of {mode}": number(*RATES[mode]) for mode in modes},
            "epochs": choose(list(EPOCHS)),
            "augmentation": choose([True, False]),
        }

    def _study(self):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # another seed once tries are kept: the same one would draw the same points again
        sampler = optuna.samplers.TPESampler(seed=self.plan.tune.seed + len(self.tries))
        study = optuna.create_study(sampler=sampler, direction="minimize")
        space = self._space()
        for one in self.tries:
            study.add_trial(
                optuna.trial.create_trial(
                    params=one["params"], distributions=space, value=one["loss"]
                )
            )
        if not self.tries:
            study.enqueue_trial(self._usual(space))
        return study

    def _usual(self, space: dict) -> dict:
        """The settings without a search: the first try, so that the result is never worse."""
        tune, mode = self.plan.tune, space["mode"].choices[0]
        epochs = min(EPOCHS, key=lambda n: abs(n - tune.epochs))
        low, high = RATES[mode]
        rate = min(max(tune.rate, low), high)
        return {"mode": mode, f"rate of {mode}": rate, "epochs": epochs,
                "augmentation": self.plan.augmentation}  # fmt: skip

    def _with(self, params: dict, folds) -> TrainPlan:
        mode = params["mode"]
        tune = replace(
            self.plan.tune, mode=mode, rate=params[f"rate of {mode}"], epochs=params["epochs"]
        )
        return replace(self.plan, tune=tune, folds=folds, augmentation=params["augmentation"])

    def _attempt(self, params: dict, until: float) -> float | None:
        """Held-out loss with these settings; None when the time was up before."""
        for path in self.trainer.work.glob("search-*.pt"):
            path.unlink()
        callbacks, outer = self.trainer.callbacks, self.trainer.callbacks.should_stop
        plan = self._with(params, [fold % FOLDS for fold in self.plan.folds])
        plan = replace(plan, tune=replace(plan.tune, budget_s=0.0))
        self.trainer.callbacks = Callbacks(
            step=lambda share: callbacks.step(min(1.0, share)), message=callbacks.message,
            should_stop=lambda: outer() or clock() > until,
        )  # fmt: skip
        try:
            name = "search" if plan.augmentation else "search-plain"
            found = Tuning(self.trainer, plan, self.start, self.weights, name).run()
            return None if found is None else found.loss
        except StoppedError:
            if outer():
                raise
            return None
        finally:
            self.trainer.callbacks = callbacks

    def _report_try(self) -> None:
        last, best = self.tries[-1], min(one["loss"] for one in self.tries)
        said = ", ".join(
            f"{k} {v:.2g}" if isinstance(v, float) else f"{k} {v}"
            for k, v in last["params"].items()
            if not k.startswith("rate of") or k.endswith(last["params"]["mode"])
        )
        self.trainer.callbacks.message(
            f"Search, try {len(self.tries)}: held-out loss {last['loss']:.4f} with {said} "
            f"(best {best:.4f})."
        )

    def _keep(self, over: bool) -> None:
        self.over = over
        with appearing(self.path) as part:
            part.write_text(json.dumps({"tries": self.tries, "over": over}), "utf-8")


def _log_scale(low: float, high: float):
    import optuna

    return optuna.distributions.FloatDistribution(low, high, log=True)
