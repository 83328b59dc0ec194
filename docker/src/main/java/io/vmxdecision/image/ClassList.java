package io.vmxdecision.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantPool;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The class list that the AOT cache is made of, the same one whenever the same service is trained. What the JVM
 * writes by {@code -XX:DumpLoadedClassList} is not: how threads happened to run decides on a few classes, seeds of
 * hashes on many a constant, and the order is that of the loading. So of several such lists
 *
 * <ul>
 *   <li>a class, a call site ({@code invokedynamic}) or a form of method handles is taken if most of them have it,
 *   <li>all other constants of a class are named, not those that happened to be resolved: the JVM takes those
 *       that it can resolve beforehand,
 *   <li>everything is in the order of its name.
 * </ul>
 *
 * <p>Runs in the JDK, and with the class path, that the cache is for, since it looks into the classes.
 */
final class ClassList {
  private static final String CONSTANTS = "@cp ";
  private static final String FORM = "@lambda-form-invoker ";

  /** Which class a call site becomes: of no use to a cache that has the call sites resolved. */
  private static final String CALL_SITE = "@lambda-proxy ";

  /**
   * What some runs have and others have not: of 46 on one machine, 16 of them beside a compiler, these were all that
   * differed and that Training does not prevent. Call sites are told by the class, and the name and type of what they make.
   */
  private static final Set<String> BY_CHANCE =
      Set.of(
          "com/fasterxml/jackson/annotation/JacksonInject$Value",
          "java/security/CodeSigner",
          "java/util/concurrent/DelayScheduler$ScheduledForkJoinTask",
          "java/lang/VirtualThread run(Ljava/lang/VirtualThread;B)Ljava/lang/Runnable;",
          "io/opentelemetry/sdk/common/CompletableResultCode"
              + " run(Ljava/util/concurrent/CountDownLatch;)Ljava/lang/Runnable;",
          FORM + "[LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder invokeSpecial LLI_V");

  private final ClassLoader loader;
  private final SortedSet<String> classes = new TreeSet<>();
  private final SortedSet<String> forms = new TreeSet<>();
  private final SortedMap<String, SortedSet<Integer>> constants = new TreeMap<>();

  /**
   * Of lists.
   *
   * @param recordings the lines of each
   * @param loader which has the classes, as files
   * @throws IllegalArgumentException for a line of no kind that JDK 25 writes
   */
  ClassList(List<List<String>> recordings, ClassLoader loader) {
    this.loader = loader;
    Map<String, Integer> votes = new TreeMap<>();
    for (List<String> recording : recordings) {
      items(recording).forEach(item -> votes.merge(item, 1, Integer::sum));
    }
    votes.values().removeIf(count -> 2 * count <= recordings.size());
    votes.keySet().removeAll(BY_CHANCE);
    votes.keySet().forEach(this::take);
    constants.keySet().retainAll(classes);
    classes.forEach(this::takeConstants);
  }

  /**
   * Writes the list.
   *
   * @param arguments the list to be written, then those to be read
   */
  static void main(String... arguments) throws IOException {
    List<List<String>> recordings = new ArrayList<>();
    for (String file : Arrays.asList(arguments).subList(1, arguments.length)) {
      recordings.add(Files.readAllLines(Path.of(file)));
    }
    ClassList list = new ClassList(recordings, ClassLoader.getSystemClassLoader());
    Files.write(Path.of(arguments[0]), list.lines());
    System.out.printf("%d classes of %d training runs%n", list.classes.size(), recordings.size());
  }

  /** The lines of the list. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(classes);
    lines.addAll(forms);
    constants.forEach(
        (name, indexes) -> lines.add(
            CONSTANTS + name + indexes.stream().map(i -> " " + i).collect(Collectors.joining())));
    return lines;
  }

  /** What a list says, each constant as a line of its own. */
  private static Set<String> items(List<String> recording) {
    Set<String> items = new HashSet<>();
    for (String line : recording) {
      String[] words = line.split(" ", -1);
      if (line.startsWith(CONSTANTS)) {
        for (String index : Arrays.asList(words).subList(2, words.length)) {
          items.add(CONSTANTS + words[1] + " " + index);
        }
      } else if (line.startsWith(FORM)) {
        items.add(line);
      } else if (line.startsWith("@")) {
        require(line.startsWith(CALL_SITE), line);
      } else if (!line.startsWith("#") && !line.contains(" super: ")) { // or it is of a loader that the cache ignores
        require(words.length == 3 && words[1].equals("id:"), line);
        items.add(words[0]);
      }
    }
    return items;
  }

  private void take(String item) {
    if (item.startsWith(FORM)) {
      forms.add(item);
    } else if (item.startsWith(CONSTANTS)) {
      String[] words = item.split(" ", -1);
      int index = Integer.parseInt(words[2]);
      ConstantPool pool = constantsOf(words[1]);
      if (pool != null
          && pool.entryByIndex(index) instanceof InvokeDynamicEntry site
          && !BY_CHANCE.contains(words[1] + " " + site.name() + site.type())) {
        take(words[1], index);
      }
    } else {
      classes.add(item);
    }
  }

  private void takeConstants(String name) {
    ConstantPool pool = constantsOf(name);
    if (pool != null) {
      for (PoolEntry entry : pool) {
        if (entry instanceof ClassEntry || entry instanceof MemberRefEntry) {
          take(name, entry.index());
        }
      }
    }
  }

  private void take(String name, int constant) {
    constants.computeIfAbsent(name, any -> new TreeSet<>()).add(constant);
  }

  /** Null if the class is not one of a file. */
  private @Nullable ConstantPool constantsOf(String name) {
    try (InputStream file = loader.getResourceAsStream(name + ".class")) {
      return file == null ? null : ClassFile.of().parse(file.readAllBytes()).constantPool();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void require(boolean condition, String line) {
    if (!condition) {
      throw new IllegalArgumentException("unknown to this tool, for it is of another JDK: " + line);
    }
  }
}
