"""The service view as geometry: stacked areas by module, one lane for each process below them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add

import msgspec

from sitegen.insight.service import Process, Service
from sitegen.site.charts import path, steps_of
from sitegen.site.plot import Plot, over_time

LANES = 24
"""Processes that get a lane; of more, the ones that hold most at the highest moment."""

_PLOT = 240
_LANES_BELOW = 26
_LANE = 9


class Layer(msgspec.Struct, frozen=True):
    """A module's area, down to the axis: the layers before it lie on top of it."""

    module: str
    colour: int
    path: str
    bytes: int  # at the highest moment


class Lane(msgspec.Struct, frozen=True):
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


class ServiceChart(msgspec.Struct, frozen=True):
    """Everything in the units of its plot's view box; the lanes lie below the plot."""

    plot: Plot  # milliseconds since the start, and bytes
    time: str  # milliseconds after the first process's start, as `steps_of` has them
    held: str  # JSON: of every layer the first moment at which it holds anything, and what from there on
    layers: tuple[Layer, ...]
    lanes: tuple[Lane, ...]
    hidden_lanes: int
    peak: int  # milliseconds since the epoch
    highest_x: float
    highest_y: float
    started: int
    ended: int


def service_chart(service: Service) -> ServiceChart:
    """The chart of a run's processes."""
    shown = _shown(service)
    started, ended = service.time[0], max(service.time[-1], service.time[0] + 1)
    plot = over_time(ended - started, service.total, _PLOT, _LANES_BELOW + _LANE * len(shown) + 6)
    xs = [plot.x(moment - started) for moment in service.time]
    colour = {module: number % 8 for number, module in enumerate(service.modules)}
    return ServiceChart(
        plot=plot,
        time=steps_of([moment - started for moment in service.time]),
        held=_held(service),
        layers=_layers(service, plot, xs, colour),
        lanes=tuple(
            Lane(
                capture=process.capture,
                module=process.module,
                colour=colour[process.module],
                x=(x := plot.x(process.started - started)),
                width=max(2.0, round((end := plot.x(process.ended - started)) - x, 1)),
                y=_PLOT + _LANES_BELOW + _LANE * lane,
                died=process.died,
                end=end,
                begun=process.started - started,
                ended=process.ended - started,
            )
            for lane, process in enumerate(shown)
        ),
        hidden_lanes=len(service.processes) - len(shown),
        peak=service.time[service.highest],
        highest_x=xs[service.highest],
        highest_y=plot.y(service.total),
        started=started,
        ended=ended,
    )


def _layers(service: Service, plot: Plot, xs: list[float], colour: dict[str, int]) -> tuple[Layer, ...]:
    floor = [0] * len(xs)
    layers = []
    for module, held in zip(service.modules, service.layers, strict=True):
        floor = list(map(add, floor, held))
        seen = _seen(held)
        edge = path([xs[i] for i in seen], [plot.y(floor[i]) for i in seen]) if seen else ""
        area = f"{edge}V{plot.box.bottom:g}H{xs[seen.start]:.0f}z" if seen else ""
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
