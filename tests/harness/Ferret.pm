# SPDX-License-Identifier: MIT
# The harness of `prove` plus one last line, `N passed, N failed`, that counts tests, not files. A
# file that died or ran no plan counts as a failure of its own.
package Ferret;
use strict;
use warnings;
use parent 'TAP::Harness';

sub runtests {
	my ($self, @tests) = @_;
	my $aggregate = $self->SUPER::runtests(@tests);
	my $failed = $aggregate->failed;
	for my $parser ($aggregate->parsers) {
		$failed++ if !$parser->failed && ($parser->parse_errors || $parser->exit || $parser->wait);
	}
	for my $parser ($aggregate->parsers) {
		print "skipped: " . $parser->skip_all . "\n" if $parser->skip_all;
	}
	printf "%d passed, %d failed\n", scalar $aggregate->passed, $failed;
	return $aggregate;
}

1;
