"""Pictures of plans and of task graphs.

::

    collections, graphs --outline--> vertices and who reads whom   outline.py plan.py
                        --elide----> fewer, where there are many   elide.py
                        --sketch---> boxes, blocks, colours        boxes.py pack.py coloring.py colors.py sketch.py
                        --arrange--> where they are                layout.py dot.py layered.py geometry.py
                        --to_svg---> the picture                   svg.py picture.py page.html
"""
