"""The machine of consents among accounts and partners: the statement of checks says what the live check says."""

from typing import Any

import pytest
from hypothesis.stateful import invariant

from consents.domain.check import check_consents, judge_units
from consents.models import Subject
from freedom_id.domain.authorizations import record_authorization
from freedom_id.domain.consent_statements import read_connected_people
from freedom_id.domain.signing_keys import forget_keys
from freedom_id.domain.statements import find_client
from tests.consents.domain.test_machine import EXAMPLES, SCOPES, ConsentMachine, run_machine
from tests.factories.people import partner, person


class ConnectedMachine(ConsentMachine):
    def inhabitants(self) -> tuple[list[Subject], list[str]]:
        self.partners = [partner()[0] for _client in range(2)]
        return [self.welcome(person()) for _person in range(3)], [client.client_id for client in self.partners]

    def welcome(self, account: Any) -> Subject:
        """Everybody is connected to both clients by a grant that is none of the machine's purposes."""
        for client in self.partners:
            record_authorization(account, client, grants={"read.firstname": {"transaction": None, "until": None}})
        return super().welcome(account)

    def teardown(self) -> None:
        super().teardown()
        forget_keys()  # the key that signed this history's receipts is rolled back with it

    @invariant()
    def the_statement_says_what_the_live_check_says(self) -> None:
        for client_id in self.clients:
            client = find_client(client_id)
            assert client is not None
            ssoids = [subject.account_id for subject in self.people]
            found = read_connected_people(client, list(SCOPES), ssoids=ssoids, freedom_ids=[])
            units = {account_id: units for (account_id, _freedom_id), units in found.items()}
            for subject in self.people:
                judged = judge_units(units[subject.account_id], names=SCOPES, scope_key=client_id)
                assert judged == check_consents(subject, names=SCOPES, scope_key=client_id)


@pytest.mark.django_db
def test_any_order_of_acts_agrees_with_the_statement() -> None:
    run_machine(ConnectedMachine, examples=max(1, EXAMPLES // 3))
