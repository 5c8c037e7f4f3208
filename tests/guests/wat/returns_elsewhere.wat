;; Returns a text that lies beyond its memory.
(component
  (core module $attack
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      (i32.store (i32.const 0) (i32.const 65000))
      (i32.store (i32.const 4) (i32.const 1000000))
      (i32.const 0)))
  (core instance $attack (instantiate $attack))
  (func $run (result string) (canon lift (core func $attack "run") (memory (core memory $attack "memory"))))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
