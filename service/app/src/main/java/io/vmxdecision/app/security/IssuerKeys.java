package io.vmxdecision.app.security;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSetBasedJWKSource;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetSourceWrapper;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.ConfigurableJWTProcessor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderInitializationException;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * How often an issuer is asked, whatever tokens come: who has no good one can name a key that nobody has seen.
 * Tokens of known keys do not wait for an issuer that does not answer.
 */
final class IssuerKeys {
  /** In each such interval the issuer is asked for its keys twice at most. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** How long a token waits while the issuer is being asked for another one. */
  private static final Duration WAIT = Duration.ofSeconds(2);

  /** How long keys count that the issuer does not renew. */
  private static final Duration KEPT = Duration.ofMinutes(10);

  /** How long before that the issuer is asked for them again, beside the tokens. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  private IssuerKeys() {}

  /** Puts a limit between the decoder's cache of keys and the issuer. */
  static void limit(ConfigurableJWTProcessor<SecurityContext> processor) {
    var selector = (JWSVerificationKeySelector<SecurityContext>) processor.getJWSKeySelector();
    @SuppressWarnings("unchecked") // the method has lost the type that the selector was made with
    var cached = (JWKSetBasedJWKSource<SecurityContext>) selector.getJWKSource();
    JWKSetSource<SecurityContext> issuer =
        ((JWKSetSourceWrapper<SecurityContext>) cached.getJWKSetSource()).getSource();
    Set<JWSAlgorithm> allowed =
        JWSAlgorithm.Family.SIGNATURE.stream().filter(selector::isAllowed).collect(Collectors.toSet());
    JWKSource<SecurityContext> limited =
        JWKSourceBuilder.create(issuer)
            .rateLimited(INTERVAL.toMillis())
            .cache(KEPT.toMillis(), WAIT.toMillis())
            .refreshAheadCache(AHEAD.toMillis(), false)
            .build();
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(allowed, limited));
  }

  /** A decoder that finds out at the first token where the issuer has its keys, and may fail to. */
  static final class Discovery implements JwtDecoder {
    private final JwtDecoder decoder;
    private final ReentrantLock asking = new ReentrantLock();
    private volatile boolean known;
    private @Nullable Long failed;

    Discovery(JwtDecoder decoder) {
      this.decoder = decoder;
    }

    @Override
    public Jwt decode(String token) {
      return known || found(token) ? decoder.decode(token) : fail("The issuer was asked a moment ago");
    }

    private boolean found(String token) {
      try {
        if (!asking.tryLock(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      try {
        long now = System.nanoTime();
        if (!known && (failed == null || now - failed >= INTERVAL.toNanos())) {
          ask(token);
        }
        return known;
      } finally {
        asking.unlock();
      }
    }

    private void ask(String token) {
      try {
        decoder.decode(token);
      } catch (JwtDecoderInitializationException e) {
        failed = System.nanoTime();
        throw new JwtException(String.valueOf(e.getMessage()), e);
      } catch (JwtException e) {
        // The token is not good, which says nothing of the issuer; it is told where it is decoded.
      }
      known = true;
    }

    private static Jwt fail(String why) {
      throw new JwtException(why);
    }
  }
}
