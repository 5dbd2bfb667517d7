#!/bin/bash
# SPDX-License-Identifier: MIT
# one.sh FILE.t|UNIT [ARG...]: run one test against the plain build (or CC=, SAN= as make takes them).
cd "$(dirname "$0")/.." || exit 111
make -s -j"$(nproc)" programs-and-tests >&2 || exit 2
eval "$(make -s -f Makefile -f tests/vars.mk vars)"
export FERRET_SRC=$PWD FERRET_OUT FERRET_HELPERS
exec prove -v -e tests/limit "$@"
