# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# leftover.sh: sourced by tests after tap.sh: what a fleet has left behind.

# procs_of DIR: pids of all processes that work below DIR or have START_DIR=DIR.
procs_of() {
	local p at
	for p in /proc/[0-9]*; do
		at=$(readlink "$p/cwd" 2>/dev/null) || continue
		case $at/ in
		"$1"/*) echo "${p#/proc/}" ;;
		*) ! grep -qzsx "START_DIR=$1" "$p/environ" || echo "${p#/proc/}" ;;
		esac
	done
}
no_procs_of() { [ -z "$(procs_of "$1")" ]; }
show_procs_of() { procs_of "$1" | while read -r p; do ps -o pid,ppid,args= "$p" | sed 's/^/#   /'; done; }
nobody_listens() {
	local p
	for p; do ! listening "$p" || return 1; done
}
