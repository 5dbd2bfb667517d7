// Before the first paint: the colours that were chosen last time.
try {
	const chosen = localStorage.getItem("ferret-theme");
	if (chosen === "light" || chosen === "dark")
		document.documentElement.dataset.theme = chosen;
} catch {
	// No storage: the system's colours.
}
