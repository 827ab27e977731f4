"""Lines of lessons about scaled losses, converted modules, things done in place, data sets that keep tensors, and schedules."""

from tests.oracle.lines import comparisons, table

BEGIN = """
m=nn.Sequential(nn.Linear(3,4),nn.BatchNorm1d(4),nn.Tanh(),nn.Linear(4,1)); x=T.randn(6,3); D=T.utils.data; O=T.optim; S=O.lr_scheduler
def fit(o,m=m,x=x): o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); return l
def leaf(k): return [T.arange(6.),T.arange(6.).reshape(2,3),T.ones(8)[2:],T.ones(2,3).T,T.zeros(2,3).detach()][k].requires_grad_()
"""

SCALED = table(r"""
losses are scaled | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu',init_scale=8.,growth_interval=2); L=[]\nfor i in range(5): o.zero_grad(); l=(m(x)**2).mean(); c.scale(l).backward(); c.unscale_(o); n=nn.utils.clip_grad_norm_(m.parameters(),.5); c.step(o); c.update(); L+=[l,n,c.get_scale()]\nR=L,list(m.parameters()),c.state_dict()
steps are left out | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu',init_scale=8.); c.scale((m(x)**2).mean()).backward(); m[0].bias.grad[0]=inf; R=c.step(o),c.update(),c.get_scale(),list(m.parameters())
several losses | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu',init_scale=4.); a,b=c.scale([m(x).sum(),m(x).mean()]); a.backward(); b.backward(); c.step(o); c.update(7.); R=c.get_scale(),list(m.parameters())
unscaled twice | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu'); c.scale(m(x).sum()).backward(); c.unscale_(o); c.unscale_(o)
stepped twice | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu'); c.scale(m(x).sum()).backward(); c.step(o); c.step(o)
updated without a step | c=T.amp.GradScaler('cpu'); c.scale(m(x).sum()); c.update()
a closure | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu'); c.scale(m(x).sum()).backward(); c.step(o,closure=None)
disabled | o=O.SGD(m.parameters(),.1); c=T.amp.GradScaler('cpu',enabled=False); l=m(x).sum(); a=c.scale(l) is l; l.backward(); c.unscale_(o); c.step(o); c.update(); R=a,c.get_scale(),c.state_dict(),list(m.parameters())
for another device | c=T.amp.GradScaler(); R=c.is_enabled(),c.get_scale()
taken over | c=T.amp.GradScaler('cpu',init_scale=16.); k=T.amp.GradScaler('cpu'); k.load_state_dict(c.state_dict()); R=k.state_dict(),k.get_growth_factor(),k.get_backoff_factor(),k.get_growth_interval()
""")

CONVERTED = {
    f"module.{how} keeps {what}": f"w=m[0].weight; {begin}; m.{how}; {end}"
    for how in ("double()", "half()", "to(T.float64)", "float()")
    for what, begin, end in (
        ("data of a weight", "a,b,c=w.detach(),w.data,w.view(-1).detach()", "R=a,b,c,m[0].weight is w,w.dtype==a.dtype"),
        ("a state", "d=m.state_dict()", "R=[str(v.dtype)[-7:] for v in d.values()],[str(v.dtype)[-7:] for v in m.state_dict().values()]"),
        ("a buffer", "b=m[1].running_mean", "R=b,m[1].running_mean is b,[str(v.dtype)[-7:] for v in m.buffers()]"),
        ("a gradient", "m(x).sum().backward(); g=w.grad", "R=g,w.grad is g"),
        ("numpy of a weight", "n=w.detach().numpy(); n[0,0]=5", "n[0,1]=7; R=str(n.dtype),w"),
    )
}  # fmt: skip
CONVERTED |= table(r"""
trained after it was converted | m.double(); o=O.SGD(m.parameters(),.1,momentum=.9); s=compiled(lambda x: fit(o,m,x)); R=[s(x.double()*k) for k in (1.,1.,2.)],list(m.parameters()),list(m.buffers())
""")

IN_PLACE = {
    f"{name} in place of {word}": f"k={made}; y=F.{name}({argument},inplace=True,{options}); R=y is k,y,k"
    for name, options in (
        ("dropout", "p=.5"),
        ("alpha_dropout", "p=.5,training=True"),
        ("feature_alpha_dropout", "p=.5,training=True"),
        ("dropout1d", "p=.5"),
        ("relu", ""),
        ("elu", ""),
    )
    for word, made, argument in (
        ("a tensor", "T.randn(2,3,2)", "k"),
        ("a leaf", "T.randn(2,3,2,requires_grad=True)", "k"),
        ("a result", "T.randn(2,3,2,requires_grad=True)*1", "k"),
    )
}
IN_PLACE |= {
    f"leaf {k} and {name}": f"y=leaf({k}); {change}"
    for k in range(5)
    for name, change in (
        ("add_", "y.add_(1)"),
        ("an index", "y[0]=5."),
        ("a row", "y[0].fill_(1.)"),
        ("a view", "y.view_as(y).mul_(2)"),
        ("copy_", "y.copy_(y.detach()*2)"),
        ("no_grad", "\nwith T.no_grad(): y.add_(1); y[0]=7.\n(y**2).sum().backward(); R=y,y.grad"),
        ("a result", "z=y*2; z.add_(1); z[0]=3.; z.sum().backward(); R=z,y.grad"),
    )
}

DATA = table(r"""
kept | a=T.arange(6.).view(3,2); d=D.TensorDataset(a,T.arange(3)); a[0,0]=9; a.add_(1); d.tensors[0].mul_(2); R=d.tensors[0] is a,d[0],d[:2],[b for b in D.DataLoader(d,2)],a
rows are views | a=T.arange(4.); d=D.TensorDataset(a); r=d[1][0]; a.zero_(); R=r
batches are copies | a=T.zeros(4); L=[]\nfor b, in D.DataLoader(D.TensorDataset(a),2): L.append(b.clone()); a.add_(1); b.add_(5)\nR=L,a
numbers that are not finite | R=[b for b in D.DataLoader(D.TensorDataset(t([1.,nan,inf])),2)]
gradients through a data set | a=T.ones(3,2,requires_grad=True); sum((b**2).sum() for b, in D.DataLoader(D.TensorDataset(a*2),2)).backward(); R=a.grad
other tensors | d=D.TensorDataset(T.arange(3.)); d.tensors=(T.ones(2),); R=len(d),d[0]
columns in memory | a=T.arange(6.).view(2,3).T; R=[(b,b.stride()) for b, in D.DataLoader(D.TensorDataset(a),2)]
several rows of a subset | s=D.Subset(D.TensorDataset(T.arange(5.)),[3,1,2]); R=s[[0,2]],s[1],s[-1]
rows alone | R=[b for b in D.DataLoader([np.ones(2),(np.zeros(1),'a',3),{'k':np.int64(3)},T.ones(1)],batch_size=None)],[b for b in D.DataLoader([1,2],batch_size=None,collate_fn=lambda r:r*2)]
side by side | d=D.StackDataset(T.arange(3),['a','b','c']); e=D.StackDataset(x=T.arange(3)); R=d[1],len(d),e[2],[b for b in D.DataLoader(e,2)]
side by side of two lengths | D.StackDataset([1],[1,2])
one after the other | d=D.ConcatDataset([T.arange(2),T.arange(3)]); R=d.cumulative_sizes,d[-1],len(d)
rows of None | next(iter(D.DataLoader([None,None],2)))
no draws | D.WeightedRandomSampler([1.],0)
no workers | R=D.get_worker_info()
packed and unpacked | k=nn.utils.rnn.pack_sequence([T.ones(3,2),T.ones(1,2)*2]); R=nn.utils.rnn.unpack_sequence(k)
fans | R=nn.init._calculate_fan_in_and_fan_out(T.ones(4,2,3,3)),nn.init._calculate_fan_in_and_fan_out(T.ones(4,2))
""")

LOSSES = {
    f"{loss} of weights of {kind}, {reduction}": f"q=T.rand(2,3,requires_grad=True); l=F.{loss}(q,T.ones(2,3),{name}=T.tensor([1,2,3]).to(T.{kind}),reduction='{reduction}'); l.sum().backward(); R=l,q.grad"
    for loss, name, kinds in (
        ("binary_cross_entropy_with_logits", "weight", ("float64", "float16", "int64", "int32", "uint8")),
        ("binary_cross_entropy_with_logits", "pos_weight", ("float64", "int64")),
        ("binary_cross_entropy", "weight", ("float64", "float16")),
    )
    for kind in kinds
    for reduction in ("mean", "none")
}

SCHEDULES = {
    f"{name}, to an epoch": f"o=O.SGD(m.parameters(),.5); o.step(); c=S.{made}; L=[]\nfor e in (3,1,0,6): c.step(e); L+=[o.param_groups[0]['lr'],c.last_epoch,c.get_last_lr()]\nc.step(); R=L,c.get_last_lr()"
    for name, made in {
        "steps": "StepLR(o,2,.5)",
        "milestones": "MultiStepLR(o,[2,4],.5)",
        "exponential": "ExponentialLR(o,.9)",
        "cosine": "CosineAnnealingLR(o,5,.01)",
        "linear": "LinearLR(o,.5,total_iters=4)",
        "constant": "ConstantLR(o,.5,3)",
        "lambda": "LambdaLR(o,lambda e:1/(e+1))",
        "polynomial": "PolynomialLR(o,5,2)",
    }.items()
}
SCHEDULES |= table(r"""
a state of several | f=lambda o: S.SequentialLR(o,[S.ConstantLR(o,.1,2),S.ExponentialLR(o,.5)],[2]); o,p=O.SGD(m.parameters(),.5),O.SGD(m.parameters(),.5); c=f(o)\nfor _ in range(3): o.step(); c.step()\nk=f(p); k.load_state_dict(copy.deepcopy(c.state_dict())); p.load_state_dict(o.state_dict()); L=[]\nfor _ in range(3): p.step(); k.step(); L.append(k.get_last_lr())\nR=L,k.last_epoch
a state of chained ones | f=lambda o: S.ChainedScheduler([S.StepLR(o,2),S.ExponentialLR(o,.9)]); o,p=O.SGD(m.parameters(),.5),O.SGD(m.parameters(),.5); c=f(o); o.step(); c.step(); k=f(p); k.load_state_dict(copy.deepcopy(c.state_dict())); p.load_state_dict(o.state_dict()); p.step(); k.step(); R=k.get_last_lr()
counts of a plateau | o=O.SGD(m.parameters(),.5); c=S.ReduceLROnPlateau(o,patience=1,cooldown=1); L=[]\nfor v in (3.,2.,2.,2.,2.,2.): c.step(v); L+=[c.num_bad_epochs,c.cooldown_counter,c.best,c.get_last_lr()]\nR=L
""")

PROGRAMS = {
    name: BEGIN + program for name, program in (SCALED | CONVERTED | IN_PLACE | DATA | LOSSES | SCHEDULES).items()
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
