"""The whole suite runs without the internet, and nothing in it leans on a vendor's own files."""

import socket

import pytest
import requests

from core.contract.http import AnswerLost, NotSent
from core.gateway.http_client import HttpClient
from core.gateway.reach import Reach
from tests.support.offline import LeftTheMachine
from tests.support.places import ROOT

ELSEWHERE = "192.0.2.1"  # reserved for documentation: nobody has it


def test_no_socket_of_a_test_leaves_the_machine() -> None:
    """X-12."""
    with socket.socket() as outward, pytest.raises(LeftTheMachine):
        outward.connect((ELSEWHERE, 443))
    with socket.socket() as outward, pytest.raises(LeftTheMachine):
        outward.connect_ex((ELSEWHERE, 443))
    with pytest.raises(LeftTheMachine):
        requests.get(f"http://{ELSEWHERE}/", timeout=5)


def test_the_hubs_own_way_to_the_network_stays_here_as_well() -> None:
    """X-12."""
    with pytest.raises((LeftTheMachine, NotSent, AnswerLost)) as told:
        HttpClient(reach=Reach(private_hosts=frozenset({ELSEWHERE}))).request("GET", f"https://{ELSEWHERE}/")
    assert "LeftTheMachine" in repr(told.value) or told.type is LeftTheMachine


def test_no_specification_of_a_vendor_lies_in_the_project() -> None:
    """X-12: HubSpot's are not licensed for others, and an org's WSDL is its own."""
    suffixes = {".wsdl", ".yaml", ".yml"}
    found = [
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.suffix in suffixes and not {".venv", ".git"} & set(path.parts)
    ]
    assert [path for path in found if "openapi" in path.read_text(errors="replace").lower()] == []
