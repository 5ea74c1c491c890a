"use strict";
/* Colours of packages, kinds of code, depths, threads and changes. The colours themselves stand in viewer.css. */

class Palette {
	/** @param {HTMLElement} mount */
	constructor(mount) {
		/** A colour of the theme in force. @param {string | number} name */
		const get = (name) => getComputedStyle(mount).getPropertyValue(`--graph-${name}`).trim();
		this.hues = Array.from({ length: 9 }, (_, i) => get(i));
		this.root = get("root");
		this.native = get("native");
		this.mixed = get("folded");
		this.changes = { new: get("new"), grown: get("grown"), same: this.native, shrunk: get("shrunk"), gone: get("gone") };
	}

	/** The same package has the same colour on every page and in every run. @param {SourceFile} file */
	ofPackage({ package: name, origin }) {
		if (origin === "native" && name === "native") return this.native;
		let hash = 0x811c9dc5;
		for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
		return this.hues[((hash ^ (hash >>> 15)) >>> 0) % 9];
	}

	/** @param {string} origin */
	ofOrigin(origin) {
		return this.hues[["project", "installed", "stdlib"].indexOf(origin)] || this.native;
	}

	/**
	 * Red for more, blue for less, the stronger the larger the part; purple for new.
	 * @param {number} width
	 * @param {number} change
	 */
	ofChange(width, change) {
		const how = Diff.how(width, change);
		const colour = this.changes[how];
		if (how !== "grown" && how !== "shrunk") return colour;
		return `color-mix(in srgb, ${colour} ${Math.round(20 + (80 * Math.abs(change)) / width)}%, ${this.native})`;
	}

	/**
	 * What fills a box.
	 * @param {string} by  "package", "origin", "depth", "thread" or "change"
	 * @param {Frames} frames
	 * @param {Graph[]} panes
	 * @param {(() => Int16Array) | null} threads  the thread of every node, -1 for several; null where it is not known
	 * @returns {(spot: Spot) => string}
	 */
	painter(by, frames, panes, threads) {
		if (by === "change") return ({ pane, node }) => this.ofChange(panes[pane].value[node], panes[pane].count[node]);
		if (by === "depth") return ({ pane, node }) => this.hues[panes[pane].depth[node] % 9];
		if (by === "thread") {
			const of = threads ? threads() : [];
			return ({ node }) => this.hues[of[node] % 9] || this.mixed;
		}
		const colours = frames.files.map((file) => (by === "origin" ? this.ofOrigin(file.origin) : this.ofPackage(file)));
		return ({ pane, node }) => colours[frames.fileOf[panes[pane].frame[node]]];
	}
}
