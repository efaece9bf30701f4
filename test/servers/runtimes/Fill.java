import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Takes all memory that a JVM may have: stacks of 50 threads, classes, direct buffers until they are refused, and a set of
 * objects of which one after the other is replaced; at last a heap without an end, if there is a third argument.
 *
 * Arguments: MiB of the set, milliseconds, "end".
 */
public class Fill {
  private static final int THREADS = 50;
  private static final int CLASSES = 1000;
  private static final int OBJECT = 1024;
  static volatile Object last;

  public static void main(String[] args) throws Exception {
    for (int thread = 0; thread < THREADS; thread++) startThread();
    List<Object> kept = new ArrayList<>();
    for (int loader = 0; loader < CLASSES; loader++) kept.add(newClass());
    fillDirectBuffers(kept);
    System.out.println("heap " + (Runtime.getRuntime().maxMemory() >> 20));
    System.out.println("ops " + replace(Integer.parseInt(args[0]), Long.parseLong(args[1])));
    while (args.length > 2) kept.add(new byte[100 * OBJECT]);
  }

  private static void startThread() {
    Thread thread = new Thread(() -> {
      touchStack(500);
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException end) {
        Thread.currentThread().interrupt();
      }
    });
    thread.setDaemon(true);
    thread.start();
  }

  private static int touchStack(int depth) {
    return depth == 0 ? 0 : touchStack(depth - 1) + 1;
  }

  /** A loader of its own for each, as containers of applications have. */
  private static Object newClass() {
    Class<?>[] types = {Runnable.class, List.class, Map.Entry.class};
    return Proxy.newProxyInstance(new ClassLoader(Fill.class.getClassLoader()) {}, types, (proxy, method, given) -> null);
  }

  private static void fillDirectBuffers(List<Object> kept) {
    try {
      for (;;) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        for (int at = 0; at < buffer.capacity(); at += 4096) buffer.put(at, (byte) 1);
        kept.add(buffer);
      }
    } catch (OutOfMemoryError full) {
      System.out.println("direct buffers are full");
    }
  }

  private static long replace(int mebibytes, long milliseconds) {
    byte[][] set = new byte[mebibytes * 1024][];
    for (int at = 0; at < set.length; at++) set[at] = new byte[OBJECT - 16];
    Random random = new Random(1);
    long end = System.nanoTime() + milliseconds * 1_000_000;
    long done = 0;
    for (; System.nanoTime() < end; done += 1000)
      for (int step = 0; step < 1000; step++) {
        set[random.nextInt(set.length)] = new byte[OBJECT - 16];
        last = new byte[100];
      }
    return done;
  }
}
