"""Servers, as the command line is given them: `serve` with its workers, the simulator, the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from returns.result import Result

    from pointsman.adapters.cli.opened import (
        DemoApp,
        RunningServer,
        SimulatorAddress,
    )
    from pointsman.adapters.cli.options import Options
    from pointsman.core.error import ConfigurationError
    from pointsman.core.settings import Settings
    from pointsman.layers.serve_options import ServeOptions
    from pointsman.layers.settings import Arguments


def read_arguments(options: Options) -> Arguments:
    """What of `options` is a setting."""
    from pointsman.layers.settings import Arguments

    return Arguments(
        provider=getattr(options, "provider", None),  # `providers` takes a settings file and nothing else
        base_url=getattr(options, "base_url", None),
        model=getattr(options, "model", None),
        temperature=getattr(options, "temperature", None),
        max_tokens=getattr(options, "max_tokens", None),
        timeout=getattr(options, "timeout", None),
    )


def _serve_options(options: Options) -> ServeOptions:
    from pointsman.layers.serve_options import ServeOptions

    return ServeOptions(
        host=options.host,
        port=options.port,
        config=options.config,
        arguments=read_arguments(options),
        allow_hosts=tuple(options.allow_host),
        demo=not options.no_demo,
        secure_cookie=options.https,
        reuse_port=options.reuse_port,
        inherit=True,
        drain=options.drain,
    )


class ServerWiring:
    """The part of `LiveWiring` that listens."""

    @asynccontextmanager
    async def open_server(
        self, settings: Settings, options: Options
    ) -> AsyncIterator[Result[RunningServer, ConfigurationError]]:
        from pointsman.adapters.cli.opened import RunningServer
        from pointsman.adapters.system.log_lines import set_up_log
        from pointsman.adapters.system.server_process import freeze_gc
        from pointsman.layers.serve_options import Served
        from pointsman.layers.serving import serving

        def describe(served: Served) -> RunningServer:
            with served.running.lease() as app:
                active = app.settings.default_provider or ""
            return RunningServer(
                address=served.address,
                link=served.link,
                default_provider=active,
                demo=served.running.demo,
                ending=served.site.ending,
            )

        set_up_log(options.log_format or settings.log_format, verbose=options.verbose)
        if options.workers > 1:
            async with self._open_workers(settings, options) as supervised:
                yield supervised
            return
        async with serving(settings, _serve_options(options)) as opened:
            running = opened.map(describe)
            freeze_gc()
            yield running

    @asynccontextmanager
    async def _open_workers(
        self, settings: Settings, options: Options
    ) -> AsyncIterator[Result[RunningServer, ConfigurationError]]:
        from pointsman.adapters.cli.opened import RunningServer
        from pointsman.layers.workers import Supervised, supervising

        def describe(found: Supervised) -> RunningServer:
            return RunningServer(
                address=found.address,
                link=found.link,
                default_provider=found.default_provider,
                demo=found.demo,
                ending=found.supervisor,
                workers=options.workers,
                shares_limits=settings.shared is not None,
                replace=found.replace,
            )

        async with supervising(settings, _serve_options(options), options.workers) as opened:
            yield opened.map(describe)

    async def work(self, settings: Settings, options: Options) -> bool | None:
        from pointsman.adapters.workers.place import take_place

        place = take_place()
        if place is None:
            return None
        from pointsman.adapters.system.log_lines import set_up_log
        from pointsman.layers.workers import work

        set_up_log(options.log_format or settings.log_format, verbose=options.verbose)
        return await work(place, settings, _serve_options(options))

    @asynccontextmanager
    async def open_simulator(self, options: Options) -> AsyncIterator[Result[SimulatorAddress, ConfigurationError]]:
        from returns.result import Failure, Success

        from pointsman.adapters.cli.opened import SimulatorAddress
        from pointsman.core.security.secret import Secret
        from pointsman.layers.simulation import (
            read_scenario,
            recording_to,
            simulated_paths,
            simulator,
            simulator_running,
        )

        scenario = read_scenario(options.scenario)
        with recording_to(options.record) as record:
            if isinstance(scenario, Failure) or isinstance(record, Failure):
                yield Failure(scenario.failure() if isinstance(scenario, Failure) else record.failure())
                return
            key = Secret(options.api_key) if options.api_key else None
            served = simulator(
                options.seed, scenario.unwrap(), options.pace, key, strict=options.strict, record=record.unwrap()
            )
            async with simulator_running(served, options.host, options.port) as address:
                yield Success(SimulatorAddress(address=address, paths=simulated_paths()))

    @asynccontextmanager
    async def open_demo(self, options: Options) -> AsyncIterator[Result[DemoApp, ConfigurationError]]:
        from pointsman.adapters.cli.opened import DemoApp
        from pointsman.layers.demo import BUDGET_TAG, OpenedDemo, open_demo

        def describe(demo: OpenedDemo) -> DemoApp:
            return DemoApp(
                app=demo.app,
                address=demo.address,
                gateway=demo.gateway,
                outside=demo.outside,
                budget_tag=BUDGET_TAG,
                healer=demo.healer,
                small=demo.small,
            )

        async with open_demo(options.seed, options.pace) as opened:
            yield opened.map(describe)
