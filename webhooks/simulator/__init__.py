"""Simulator for one machine: phones in a browser, and a carrier with Twilio's API.

It imports nothing of the application, which it knows by a URL. It has a SQLite file and a thread of its own, which posts
webhooks. Mount it (``DispatcherMiddleware(app, {"/simulator": create_simulator(config)})``, then
``start()``), or run it: ``python -m webhooks.simulator --help``.

Twilio's side, Basic auth ACCOUNT_SID:AUTH_TOKEN
    POST /2010-04-01/Accounts/{sid}/Messages.json        To, From, Body, MediaUrl, StatusCallback, ValidityPeriod
    GET  /2010-04-01/Accounts/{sid}/Messages/{Sid}.json
    GET  /2010-04-01/Accounts/{sid}/Messages.json        To, From, DateSent, DateSent<, DateSent>, PageSize, Page,
                                                         PageToken

The page's side. Each POST needs the header ``X-Requested-With: simulator`` and a JSON body. Errors: {"error": text}
    GET  /                                          the page
    GET  /api/state                                 {phones, clock, carrier, epoch, cursor, our_number}
    GET  /api/messages?after=CURSOR[&phone=NUMBER]  {messages, cursor, epoch}: what is new or changed since CURSOR (0 =
                                                    all), at most 500 at a time, oldest change first. A new epoch means
                                                    a reset: forget what you have, ask again from 0
    POST /api/phones/{number}/say  {text, to?}      201, the message; ``to`` defaults to our number
    POST /api/phones  {number, name?, role?, language?, suggestions?, reachable?}
                                                    201, the phone
    POST /api/carrier  {down?, busy?, lose?}        down true: REST answers 503, nothing moves until it is false;
                                                    busy N: the next N sends are answered 429;
                                                    lose N: the next N sends are accepted, but answered 500
    POST /api/clock  {to: "next"} | {advance_minutes: N}
                                                    passed on to the application; its answer, with labels
    POST /api/reset  {}                             resets the application, then deletes every message and opt-out here
"""

from webhooks.simulator.app import Simulator, create_simulator
from webhooks.simulator.config import Phone, SimulatorConfig

__all__ = ["Phone", "Simulator", "SimulatorConfig", "create_simulator"]
