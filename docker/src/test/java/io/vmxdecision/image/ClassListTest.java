package io.vmxdecision.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantPool;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class ClassListTest {
  private static final String NAME = ClassList.class.getName().replace('.', '/');
  private static final String FORM =
      "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder invokeStatic L7_L";

  @Test
  void aClassIsInItIfMostRunsHaveLoadedIt() {
    assertThat(linesOfAll(
        List.of(
            List.of("a/Two id: 3", "a/Three id: 4"),
            List.of("a/Three id: 4", "a/One id: 5"),
            List.of("# by the JVM", "a/Two id: 7", "a/Three id: 9"))))
        .containsExactly("a/Three", "a/Two");
  }

  @Test
  void theOrderOfLoadingDoesNotMatter() {
    List<String> lines = List.of("a/One id: 1", "a/Two id: 2", NAME + " id: 3", FORM, "@cp " + NAME + " 1 2");
    assertThat(linesOf(lines.reversed())).isEqualTo(linesOf(lines)).contains(FORM);
  }

  @Test
  void whatIsLoadedByChanceIsNot() {
    assertThat(linesOf(List.of("java/security/CodeSigner id: 1", "a/One id: 2",
        "@lambda-form-invoker [LF_RESOLVE] java.lang.invoke.DirectMethodHandle$Holder invokeSpecial LLI_V")))
        .containsExactly("a/One");
  }

  @Test
  void whatALoaderOfItsOwnLoadedIsNot() {
    assertThat(linesOf(List.of("a/One id: 1", "a/Two id: 2 super: 1 source: /app/lib/two.jar")))
        .containsExactly("a/One");
  }

  @Test
  void allConstantsOfAClassAreInItButOfItsCallSitesThoseThatWereResolved() throws IOException {
    ConstantPool pool = constants();
    List<Integer> sites = indexes(pool, InvokeDynamicEntry.class);
    assertThat(sites).hasSizeGreaterThan(1);
    List<Integer> expected = new ArrayList<>(indexes(pool, ClassEntry.class));
    expected.addAll(indexes(pool, MemberRefEntry.class));
    expected.add(sites.getLast());
    Collections.sort(expected);

    List<String> lines = linesOf(List.of(NAME + " id: 1", "@cp " + NAME + " " + sites.getLast()));

    assertThat(lines).hasSize(2);
    List<String> words = Arrays.asList(lines.getLast().split(" ", -1));
    assertThat(words).startsWith("@cp", NAME);
    assertThat(words.subList(2, words.size())).isEqualTo(expected.stream().map(String::valueOf).toList());
  }

  @Test
  void constantsOfAClassThatIsNotInItAreNot() {
    assertThat(linesOf(List.of("@cp " + NAME + " 1 2 3", "a/One id: 1"))).containsExactly("a/One");
  }

  @Test
  void aLineOfAnotherJdkIsAnError() {
    assertThatThrownBy(() -> linesOf(List.of("@dynamic-proxy app 1 a/One")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("@dynamic-proxy app 1 a/One");
    assertThatThrownBy(() -> linesOf(List.of("a/One with more")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<String> linesOf(List<String> recording) {
    return linesOfAll(List.of(recording));
  }

  private static List<String> linesOfAll(List<List<String>> recordings) {
    return new ClassList(recordings, ClassListTest.class.getClassLoader()).lines();
  }

  private static List<Integer> indexes(ConstantPool pool, Class<? extends PoolEntry> kind) {
    return StreamSupport.stream(pool.spliterator(), false).filter(kind::isInstance).map(PoolEntry::index)
        .toList();
  }

  private static ConstantPool constants() throws IOException {
    try (InputStream file = ClassList.class.getResourceAsStream("ClassList.class")) {
      return ClassFile.of().parse(file.readAllBytes()).constantPool();
    }
  }
}
