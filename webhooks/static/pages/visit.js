// Starts the pages of a visit on which there is no call: they say everything without scripts.

import { startVisitPage } from "./visit_page.js";

startVisitPage();
document.documentElement.dataset.started = "yes"; // read by fallback.js
