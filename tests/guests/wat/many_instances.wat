;; Is twelve instances of one module.
(component
  (core module $attack
    (func (export "run")))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance (instantiate $attack))
  (core instance $attack (instantiate $attack))
  (func $run (canon lift (core func $attack "run")))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
