# SPDX-License-Identifier: MIT
# What the test scripts need to know of the Makefile: where this variant's programs and tests are.
vars:
	@echo "FERRET_OUT=$(abspath $(OUT)) FERRET_HELPERS=$(abspath $(BUILD)/tests/helper) UNITS='$(units)' FUZZERS='$(fuzzers)'"
# The compiler's arguments, quoted for a shell, for tools that want to see what it sees.
flags:
	$(info $(cc_args) $(in_collector))@:
# All programs of this variant.
progs:
	@echo $(progs)
