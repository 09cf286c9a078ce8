from pointsman import App, ask, settle
from pointsman.testing import ScriptedClient


async def test_the_way(llm_app: App, llm_script: ScriptedClient) -> None:
    llm_script.respond("Towards the tower.", when="way")
    answer = await settle(llm_app.client.chat(ask("", "Which way?")))
    assert answer.unwrap().text == "Towards the tower."
