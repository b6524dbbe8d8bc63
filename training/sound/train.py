"""Steps 2 and 3: the teacher's head, then the student, for a given time, from a pack on any device."""

from __future__ import annotations

import csv
import logging
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from sensorium.models.log_mel import LogMel
from training import checkpoint
from training.average import Average
from training.losses import embedding_gap, similarity_gap
from training.sound.augment import Augmenter, Windows
from training.sound.exam import Exam, open_exam
from training.sound.head import SoundHead, caption_loss, train_head
from training.sound.pack import Pack, open_pack
from training.sound.plan import SoundPlan
from training.sound.pool import Pool, open_pool
from training.sound.student import Described, Student, parameter_groups
from training.sound.yamnet import Heard, load_yamnet

log = logging.getLogger(__name__)
MAX_GRADIENT = 5.0
REPORT_STEPS = 25  # losses are read from the device this seldom: each reading waits for it
SIMILARITY_TEXTS = 1024
LOSS_NAMES = ("feature", "score", "embedding", "similarity", "caption")


@dataclass(slots=True)
class Lesson:
    """Everything on the device that a step needs."""

    plan: SoundPlan
    pool: Pool
    exam: Exam
    teacher: nn.Module  # log-mel patches to `Heard`
    head: SoundHead
    mel: LogMel
    generator: torch.Generator
    augmenter: Augmenter

    @classmethod
    def of(cls, plan: SoundPlan, pack: Pack, teacher: nn.Module, device: torch.device) -> Lesson:
        """Bring everything onto the device."""
        pool = open_pool(pack, plan, device)
        generator = torch.Generator(device).manual_seed(plan.seed)
        # Half precision carries ReLU6's range and more; the teacher is frozen, so nothing can overflow.
        teacher = teacher.to(device, torch.float16 if device.type == "cuda" else None)
        return cls(
            plan=plan,
            pool=pool,
            exam=open_exam(pack, device),
            teacher=teacher.to(memory_format=torch.channels_last),
            head=SoundHead(plan.teacher_hidden, plan.head_dropout).to(device),
            mel=LogMel().to(device),
            generator=generator,
            augmenter=Augmenter(pool, plan, generator),
        )

    @property
    def batch(self) -> int:
        return self.plan.batch if self.pool.device.type == "cuda" else self.plan.cpu_batch

    def hear(self, patches: Tensor) -> Heard:
        """What the teacher says."""
        with torch.no_grad():
            heard: Heard = self.teacher(patches.to(next(self.teacher.parameters()).dtype))
        return heard

    def listen(self) -> tuple[Windows, Heard]:
        """A batch and what the teacher says of it."""
        with torch.no_grad():
            windows = self.augmenter.draw(self.batch)
            return windows, self.hear(self.mel(windows.waves))


def train(plan: SoundPlan, pack: Path, out: Path) -> None:
    """Train head and student into `out`, or go on where an earlier run stopped.

    Writes head.pt, student.pt (everything that resuming needs), log.csv, and the averaged weights in half precision as
    weights-last.pt and weights-best.pt.
    """
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(plan.seed)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    lesson = Lesson.of(plan, open_pack(pack), load_yamnet(pack / "yamnet.npz"), device)
    log.info("on %s: %d training clips, %d labels", device, len(lesson.pool.starts), len(lesson.pool.label_rows))
    _prepare_head(lesson, out)
    log.info("teacher with head: %s", _rounded(lesson.exam.figures(lambda w: lesson.head(_teach(lesson, w)))))
    log.info("teacher's features alone: %s", _rounded(lesson.exam.figures(lambda w: _teach(lesson, w))))
    Trainer(lesson, out).run()


def _teach(lesson: Lesson, waves: Tensor) -> Tensor:
    return lesson.hear(lesson.mel(waves)).features


def _prepare_head(lesson: Lesson, out: Path) -> None:
    path = out / "head.pt"
    if path.exists():
        lesson.head.load_state_dict(checkpoint.load(path))
        lesson.head.eval().requires_grad_(False)
        return
    train_head(lesson.head, lesson.pool, lesson.plan, lesson.listen, lesson.generator)
    checkpoint.save(path, lesson.head.state_dict())


class Trainer:
    """Holds the student and its optimiser."""

    def __init__(self, lesson: Lesson, out: Path) -> None:
        self._lesson, self._out = lesson, out
        device = lesson.pool.device
        self._student = Student(lesson.plan).to(device).to(memory_format=torch.channels_last)
        self._average = Average(self._student, lesson.plan.ema)
        groups = parameter_groups(self._student, lesson.plan.weight_decay)
        self._optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        self._progress, self._best = checkpoint.Progress(), 0.0
        self._losses = torch.zeros(len(LOSS_NAMES), device=device)
        if (out / "student.pt").exists():
            self._restore()

    def run(self) -> None:
        """Train until the plan's time is over."""
        plan, progress = self._lesson.plan, self._progress
        reported = progress.seconds
        before = time.monotonic()
        while progress.seconds < plan.minutes * 60:
            rate = learning_rate(plan, progress.step, progress.seconds / (plan.minutes * 60))
            self._step(rate)
            progress.step += 1
            if progress.step % REPORT_STEPS == 0 or self._lesson.pool.device.type == "cpu":
                self._finite()
                progress.seconds += (now := time.monotonic()) - before
                before = now
                if progress.seconds - reported >= plan.evaluate_minutes * 60:
                    self._report(rate)
                    reported, before = progress.seconds, time.monotonic()
        self._report(0.0)

    def _finite(self) -> None:
        """Wait for the device, so that the clock tells the truth, and look at the losses."""
        if not torch.isfinite(self._losses.sum()).item():
            raise ValueError(f"the losses are not numbers any more at step {self._progress.step}: {self._losses}")

    def _step(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        plan, lesson = self._lesson.plan, self._lesson
        with torch.no_grad():
            windows = lesson.augmenter.draw(lesson.batch)
            patches = lesson.mel(windows.waves)
            heard = lesson.hear(patches)
        self._student.train()
        with torch.autocast(patches.device.type, torch.bfloat16, enabled=patches.device.type == "cuda"):
            said = self._student(patches)
        losses = torch.stack(self._losses_of(said, heard, windows))
        weights = (
            plan.feature_weight, plan.score_weight, plan.embedding_weight, plan.similarity_weight, plan.caption_weight,
        )  # fmt: skip
        total = torch.stack([weight * loss for weight, loss in zip(weights, losses, strict=True)]).sum()
        self._optimizer.zero_grad()
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self._student.parameters(), MAX_GRADIENT, foreach=True)
        self._optimizer.step()
        self._average.follow(self._student, self._progress.step)
        self._losses.lerp_(losses.detach(), 1.0 if self._progress.step == 0 else 0.02)

    def _losses_of(self, said: Described, heard: Heard, windows: Windows) -> list[Tensor]:
        plan, pool, head = self._lesson.plan, self._lesson.pool, self._lesson.head
        wanted = head(heard.features)
        generator = self._lesson.generator
        drawn = torch.randint(len(pool.texts), (SIMILARITY_TEXTS,), generator=generator, device=pool.device)
        scale = head.scale().detach()
        return [
            functional.smooth_l1_loss(said.features, head.standardise(heard.features)),
            functional.binary_cross_entropy_with_logits(said.logits, heard.scores) * 100,
            embedding_gap(said.vectors, wanted),
            similarity_gap(said.vectors, wanted, pool.texts[drawn], scale),
            caption_loss(said.vectors, windows, pool.label_texts(generator), pool, (scale, plan.kinship)),
        ]

    def _report(self, rate: float) -> None:
        lesson, progress = self._lesson, self._progress
        tower = self._average.student.tower
        figures = lesson.exam.figures(lambda waves: tower(lesson.mel(waves)).vectors)
        losses = dict(zip(LOSS_NAMES, self._losses.tolist(), strict=True))
        row = {"step": progress.step, "seconds": round(progress.seconds, 1), "windows": progress.step * lesson.batch,
               "rate": rate, **losses, **figures}  # fmt: skip
        fresh = not (self._out / "log.csv").exists()
        with (self._out / "log.csv").open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        log.info(
            "step %d, %.0f s, %.0f windows/s: %s %s", progress.step, progress.seconds,
            row["windows"] / max(progress.seconds, 1e-9), _rounded(losses), _rounded(figures),
        )  # fmt: skip
        self._save(figures)

    def _save(self, figures: dict[str, float]) -> None:
        """The run's state, and the averaged weights in half precision, to choose from and to carry away."""
        average = self._average.student.state_dict()
        half = {name: value.half() if value.is_floating_point() else value for name, value in average.items()}
        release = {"average": half, "figures": figures, **asdict(self._progress)}
        checkpoint.save(self._out / "weights-last.pt", release)
        if (worth := figures["text_r10"] + figures["text_r1"] + figures["sound_r1"]) >= self._best:
            self._best = worth
            checkpoint.save(self._out / "weights-best.pt", release)
        state = {
            "student": self._student.state_dict(),
            "average": self._average.student.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self._lesson.generator.get_state(),
            "losses": self._losses,
            "best": self._best,
            **asdict(self._progress),
        }
        checkpoint.save(self._out / "student.pt", state)

    def _restore(self) -> None:
        state = checkpoint.load(self._out / "student.pt")
        self._student.load_state_dict(state["student"])
        self._average.student.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._lesson.generator.set_state(state["generator"])
        self._losses.copy_(state["losses"])
        self._best = state["best"]
        self._progress = checkpoint.Progress(state["step"], state["seconds"], state["cpu_seconds"])
        log.info("goes on from step %d", self._progress.step)


def learning_rate(plan: SoundPlan, step: int, share: float) -> float:
    """Warm-up, then constant, then 1 - sqrt of the last part's share, which falls fast at first."""
    warm = min(1.0, (step + 1) / plan.warmup_steps)
    late = max(0.0, (share - (1 - plan.decay_share)) / plan.decay_share)
    return plan.learning_rate * warm * (1 - math.sqrt(min(1.0, late)))


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in figures.items()}
