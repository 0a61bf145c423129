"""What is thrown at the routes, thrown by a program: its token asks for no origin."""

from typing import ClassVar

from ch03_auth.attacking import ADA, OWN, PASSWORD, Anybody
from ch03_auth.attacks import Attacks


class Program(Anybody):
    """A client that sends a bearer token with every request, and no cookie."""

    own: ClassVar[dict[str, str]] = {}

    def enter(self) -> None:
        """Get a token, where there is none, or it was given back."""
        if self.client.get("/user/me").status_code == 200:
            return
        self.client = client = self.app.test_client(use_cookies=False)
        client.post("/user/register", json=ADA, headers=OWN)
        answer = client.post("/user/token", auth=(ADA["name"], PASSWORD))
        assert answer.status_code == 200, answer.text
        bearer = f"Bearer {answer.json['access_token']}"
        client.environ_base["HTTP_AUTHORIZATION"] = bearer


class TestProgram(Attacks):
    """Somebody with a token."""

    who = Program
