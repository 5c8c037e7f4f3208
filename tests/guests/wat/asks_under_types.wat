;; Asks for a function and a resource under the name of the interface that holds
;; types alone.
(component
  (import "clio:actions/types@0.1.0" (instance
    (export "account" (type (sub resource)))
    (export "token" (func (result string)))))
  (core module $attack
    (func (export "run")))
  (core instance $attack (instantiate $attack))
  (func $run (canon lift (core func $attack "run")))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
