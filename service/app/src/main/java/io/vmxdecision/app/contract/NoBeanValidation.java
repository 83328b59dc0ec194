package io.vmxdecision.app.contract;

import org.springframework.stereotype.Component;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Keeps Spring MVC from starting the Bean Validation provider, which is there for springdoc's sake alone: what
 * comes in is held against the contract.
 */
@Component
class NoBeanValidation implements WebMvcConfigurer {
  @Override
  public Validator getValidator() {
    return new Validator() {
      @Override
      public boolean supports(Class<?> type) {
        return false;
      }

      @Override
      public void validate(Object target, Errors errors) {
        throw new UnsupportedOperationException("supports nothing");
      }
    };
  }
}
