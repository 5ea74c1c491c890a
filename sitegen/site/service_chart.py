"""The service view as geometry: stacked areas by module, one lane for each process below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

import msgspec

from sitegen.insight.service import Process, Service
from sitegen.site.charts import WIDTH, Box, Tick, across, nice_steps, path, scale, steps_of, up

LANES = 24
"""Processes that get a lane; of more, the ones that hold most at the highest moment."""

_LANE = 9
_PLOT = 240


@dataclass(frozen=True, slots=True)
class Layer:
    """A module's area, down to the axis: the layers before it lie on top of it."""

    module: str
    colour: int
    path: str
    bytes: int  # at the highest moment


@dataclass(frozen=True, slots=True)
class Lane:
    """A process's life: from birth to end, and whether it died."""

    capture: str
    module: str
    colour: int
    x: float
    width: float
    y: float
    died: bool
    end: float
    begun: int  # milliseconds after the first process's start
    ended: int


@dataclass(frozen=True, slots=True)
class ServiceChart:
    """Everything in the units of a view box of `width` by `height`."""

    width: int
    height: int
    box: Box
    x_ticks: tuple[Tick, ...]  # milliseconds since the start
    y_ticks: tuple[Tick, ...]  # bytes
    time: str  # milliseconds after the first process's start, as `steps_of` has them
    held: str  # JSON: of every layer the first moment at which it holds anything, and what from there on
    layers: tuple[Layer, ...]
    lanes: tuple[Lane, ...]
    hidden_lanes: int
    highest_x: float
    highest_y: float
    started: int
    ended: int
    top: float


def service_chart(service: Service) -> ServiceChart:
    """The chart of a run's processes."""
    shown = _shown(service)
    box = Box(64, 14, WIDTH - 12, _PLOT)
    started, ended = service.time[0], max(service.time[-1], service.time[0] + 1)
    duration = ended - started
    top, y_ticks = scale(service.total, 4)
    xs = [across(box, (moment - started) / duration) for moment in service.time]
    colour = {module: number % 8 for number, module in enumerate(service.modules)}
    height = _PLOT + 26 + _LANE * len(shown) + 6
    return ServiceChart(
        width=WIDTH,
        height=height,
        box=box,
        x_ticks=tuple(
            Tick(across(box, value / duration), value)
            for value in nice_steps(duration, 6)
            if value <= duration
        ),
        y_ticks=tuple(Tick(up(box, value / top), value) for value in y_ticks),
        time=steps_of([moment - started for moment in service.time]),
        held=_held(service),
        layers=_layers(service, box, xs, top, colour),
        lanes=tuple(
            Lane(
                capture=process.capture,
                module=process.module,
                colour=colour[process.module],
                x=(x := across(box, (process.started - started) / duration)),
                width=max(2.0, round(across(box, (process.ended - started) / duration) - x, 1)),
                y=_PLOT + 26 + _LANE * lane,
                died=process.died,
                end=across(box, (process.ended - started) / duration),
                begun=process.started - started,
                ended=process.ended - started,
            )
            for lane, process in enumerate(shown)
        ),
        hidden_lanes=len(service.processes) - len(shown),
        highest_x=xs[service.highest],
        highest_y=up(box, service.total / top),
        started=started,
        ended=ended,
        top=top,
    )


def _layers(
    service: Service, box: Box, xs: list[float], top: float, colour: dict[str, int]
) -> tuple[Layer, ...]:
    floor = [0] * len(xs)
    layers = []
    for module, held in zip(service.modules, service.layers, strict=True):
        floor = list(map(add, floor, held))
        seen = _seen(held)
        edge = path([xs[i] for i in seen], [up(box, floor[i] / top) for i in seen]) if seen else ""
        area = f"{edge}V{box.bottom:g}H{xs[seen.start]:.0f}z" if seen else ""
        layers.append(Layer(module, colour[module], area, held[service.highest]))
    return tuple(layers)


def _held(service: Service) -> str:
    rows = [(seen.start, held[seen.start : seen.stop]) for held in service.layers for seen in [_seen(held)]]
    return msgspec.json.encode(rows).decode()


def _seen(held: Sequence[int]) -> range:
    """The moments from which to which an area is more than a line: a run can have a thousand modules."""
    some = [i for i, size in enumerate(held) if size]
    return range(max(some[0] - 1, 0), min(some[-1] + 2, len(held))) if some else range(0)


def _shown(service: Service) -> tuple[Process, ...]:
    if len(service.processes) <= LANES:
        return service.processes
    largest = {share.capture for share in service.shares[:LANES]}
    return tuple(process for process in service.processes if process.capture in largest)
