# SPDX-License-Identifier: MIT
# real_foreman.rb: the real Foreman, loaded once. Each line read names a directory with the files args
# and env (NUL after each) and cwd; a forked copy of this process then is `foreman ARG...` there, with
# its streams in out and err, and its exit status is the answer. So a test file pays once for Ruby's
# start, which is nearly all that a short command of Foreman costs.
require 'rubygems'
command = Gem.activate_bin_path('foreman', 'foreman', '>= 0.a')
require 'foreman/cli'
require 'erb'
$stdout.sync = true

def strings(path)
  File.binread(path).force_encoding(Encoding.find('locale')).split("\0")
end

def become(request, command)
  ENV.replace(strings("#{request}/env").to_h { |pair| pair.split('=', 2) })
  ARGV.replace(strings("#{request}/args"))
  Dir.chdir(File.read("#{request}/cwd").chomp)
  $stdin.reopen('/dev/null')
  $stdout.reopen("#{request}/out", 'w')
  $stdout.sync = false
  $stderr.reopen("#{request}/err", 'w')
  $0 = '/usr/bin/foreman'
  load command
end

while (request = $stdin.gets)
  pid = fork { become(request.chomp, command) }
  _, status = Process.wait2(pid)
  puts(status.exitstatus || 128 + status.termsig)
end
