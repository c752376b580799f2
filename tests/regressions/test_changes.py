"""What an action changes is what is stored."""

import strongback as sb
from tests.scenarios.jobs import stage


class Setting(sb.Entity):
    """Anything, under a name."""

    values: sb.JSON = sb.field(default={})

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)

    @sb.action(allow=sb.EVERYONE)
    def put(self, value: sb.JSON) -> "Setting":
        """Write other values."""
        self.values = value
        return self

    @sb.action(allow=sb.EVERYONE)
    def switch(self, on: bool) -> "Setting":
        """Change one value in place."""
        if isinstance(self.values, dict):
            self.values["on"] = on
        return self


settings = sb.Service("settings", version="1.0.0", rest="/v1", entities=[Setting])


async def test_a_number_that_becomes_a_truth_is_a_change_of_a_json_value(store_url: str) -> None:
    async with stage(store_url, service=settings) as running:
        ask = running.stranger
        made = (await ask("Setting.create", body={"values": {"on": 1}})).item["id"]
        put = await ask("Setting.put", made, body={"value": {"on": True}})
        assert put.item["values"] == {"on": True} and put.item["values"]["on"] is True
        assert (await ask("Setting.get", made)).item["values"]["on"] is True
        assert (await ask("Setting.put", made, body={"value": {"on": 0}})).item["values"]["on"] == 0
        switched = await ask("Setting.switch", made, body={"on": False})
        assert switched.item["values"]["on"] is False
        assert switched.outcome is not None and switched.outcome.etag == "4"


async def test_what_is_written_as_it_was_is_no_change(store_url: str) -> None:
    async with stage(store_url, service=settings) as running:
        ask = running.stranger
        made = (await ask("Setting.create", body={"values": {"on": [1, {"deep": 1.5}]}})).item["id"]
        same = await ask("Setting.put", made, body={"value": {"on": [1, {"deep": 1.5}]}})
        assert same.outcome is not None and same.outcome.etag == "1"
