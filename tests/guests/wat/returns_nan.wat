;; Returns what JSON cannot say.
(component
  (core module $attack
    (func (export "run") (result f64) (f64.const nan)))
  (core instance $attack (instantiate $attack))
  (func $run (result f64) (canon lift (core func $attack "run")))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
