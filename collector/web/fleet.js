const answer = await fetch("/api/checks", { headers: { Accept: "application/json" } });
const all = await answer.json();
document.getElementById("fleet").textContent = all.fleet;
document.getElementById("checks").replaceChildren(...all.checks.map((check) => {
	const item = document.createElement("li");
	item.textContent = `${check.state} ${check.app} ${check.source}: ${check.failure ? check.failure.out : ""}`;
	return item;
}));
