;; Makes handles to a resource of its own, and closes none.
(component
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core module $attack
    (import "thing" "new" (func $new (param i32) (result i32)))
    (func (export "run") (loop (drop (call $new (i32.const 1))) (br 0))))
  (core instance $attack (instantiate $attack
    (with "thing" (instance (export "new" (func $new))))))
  (func $run (canon lift (core func $attack "run")))
  (instance $exported (export "run" (func $run)))
  (export "clio:hostile/attack@0.1.0" (instance $exported)))
