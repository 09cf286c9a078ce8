// The tasks that the router knows, and what they are called.

import { t } from "./texts.js";

/** Options for a choice of the task; the first leaves it to the router, which reads the message. */
export const TASKS = [
  ["", t("tasks.autoDetect")],
  ["general", t("tasks.general")],
  ["coding", t("tasks.coding")],
  ["code_repair", t("tasks.codeRepair")],
  ["analysis", t("tasks.analysis")],
  ["ui_generation", t("tasks.uiGeneration")],
  ["config_management", t("tasks.configManagement")],
];
