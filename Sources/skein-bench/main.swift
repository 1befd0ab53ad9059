print("skein-bench")
