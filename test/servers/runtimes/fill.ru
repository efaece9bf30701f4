# Each process takes a quarter of its share of the memory when it starts, since Ruby collects when the heap has doubled; then its
# threads answer one after the other with a sixteenth of it.
#
# MEBIBYTES: the share of a process. THREADS: how many answer.

mib = 2**20
share = ENV.fetch('MEBIBYTES').to_i * mib
random = Random.new(1)
objects = lambda do |size|
  made = []
  while size.positive?
    made << ('x' * random.rand(600..8000))
    size -= made.last.bytesize
  end
  made
end

kept = objects.call(share / 4)
turn = Mutex.new
threads = Array.new(ENV.fetch('THREADS').to_i) do
  Thread.new do
    # One is kept, at the end of the memory that the others leave.
    6.times { turn.synchronize { kept << objects.call(share / 16).last } }
  end
end
threads.each(&:join)
puts "filled #{File.read('/proc/self/statm').split[1].to_i * 4096 / mib}"
$stdout.flush

run ->(_) { [200, {}, [kept.size.to_s]] }
