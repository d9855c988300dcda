/**
 * The studio's own bundle. The room is kept for the arranger: until it opens, /studio/ pages load what the shop loads,
 * so that sound, toasts and theme behave the same in both.
 */
import "../styles/index.css";
import { start } from "../shop/start";

start();
