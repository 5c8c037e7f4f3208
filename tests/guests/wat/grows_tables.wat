;; Grows its table for ever, and gives up when it is refused.
(component
  (core module $attack
    (table $t 1 funcref)
    (func (export "run")
      (loop
        (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 64)) (i32.const -1)))
        unreachable)))
  (core instance $attack (instantiate $attack))
  (func $run (canon lift (core func $attack "run")))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
