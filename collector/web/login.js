// Where to go afterwards, and what was wrong the last time. Without JavaScript the form works, too.

import "./app.js";
import { byId, setText } from "./dom.js";

const params = new URLSearchParams(location.search), next = params.get("next") || "/";
byId("next").value = next;

let words = "";
if (params.get("failed"))
	words = "That is not the name, or not its password.";
else if (/^\d+$/.test(params.get("wait") || ""))
	words = `Too many tries. Wait ${params.get("wait")} seconds, then try again.`;
byId("note").hidden = !words;
setText(byId("note"), words);
document.body.dataset.ready = "1";
