// Runs before the page is drawn, so that a remembered theme never flashes.
try {
	const theme = localStorage.getItem("sitegen-theme");
	if (theme) document.documentElement.dataset.theme = theme;
} catch {
	// Storage can be forbidden: then the system's setting holds.
}
document.documentElement.classList.add("js");
