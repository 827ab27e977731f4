"""Tensors that take another's place in a module, an optimizer that still holds the other, and views of which no gradient can be recorded, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
m = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
x = T.randn(4, 3)
o = T.optim.SGD(m.parameters(), .1, momentum=.9)
def fit(x):
    o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
f = compiled(fit)
S = {k: v.clone() for k, v in m.state_dict().items()}
"""

ASSIGNED = table(r"""
the optimizer holds the others | f(x); old=m[0].weight; m.load_state_dict(S,assign=True); R=[f(x),f(x)],m[0].weight is old,list(m.parameters()),old,[p.grad for p in m.parameters()]
an optimizer of the new ones | f(x); m.load_state_dict(S,assign=True); o=T.optim.SGD(m.parameters(),.1); R=[f(x),f(x)],list(m.parameters())
what is given is shared | m.load_state_dict(S,assign=True)\nwith T.no_grad(): S['0.weight'].fill_(2.); m[0].bias.fill_(3.)\nR=m(x),S['0.bias'],S['1.running_mean'] is m[1].running_mean
a parameter is itself held | w=nn.Parameter(T.ones(2,3),requires_grad=False); S['0.weight']=w; m.load_state_dict(S,assign=True); R=m[0].weight is w,w.requires_grad,m(x)
frozen ones stay frozen | m[0].requires_grad_(False); S['0.weight']=nn.Parameter(T.ones(2,3)); m.load_state_dict(S,assign=True); R=[p.requires_grad for p in m.parameters()],m(x)
buffers are new ones | b=m[1].running_mean; m.load_state_dict(S,assign=True); m(x); R=b,m[1].running_mean,m[1].running_mean is b,list(m[1].buffers())
a part of them | w=m[2].weight; m.load_state_dict({'0.bias':T.ones(2)},strict=False,assign=True); R=m[2].weight is w,m[0].bias,m(x)
another dtype | m=nn.Linear(3,1); m.load_state_dict({'weight':T.ones(1,3,dtype=T.float64),'bias':T.ones(1,dtype=T.float64)},assign=True); R=m(x.double()),m.weight
tied weights come apart | m=nn.Sequential(nn.Linear(3,3),nn.Linear(3,3)); m[1].weight=m[0].weight; S={k:v.clone() for k,v in m.state_dict().items()}; m.load_state_dict(S,assign=True); R=m[0].weight is m[1].weight,len(list(m.parameters()))
a state of its own | m.load_state_dict(m.state_dict(),assign=True); R=[f(x),f(x)],list(m.parameters())
views of the old ones | v=m[0].weight.data[0]; m.load_state_dict(S,assign=True); v.zero_(); R=m[0].weight,v
""")

VIEWED = table(r"""
parts written in turn | \ndef s(x):\n w[:3].sub_(.1*x)\n w[3:]-=.2\n w[1:4].mul_(2)\n return w.sum()
parts of columns | \ndef s(x):\n k=w.view(2,3); k[:,0].add_(x[0]); k.t()[1].mul_(2); k.diagonal().fill_(1); return k.sum(0)
chunks | \ndef s(x):\n a,b=w.chunk(2); a.add_(x); b.copy_(a); a.zero_(); return a+b
rows | \ndef s(x):\n for i,r in enumerate(w.view(2,3)): r.mul_(i+1).add_(x)\n return w*2
expanded after | \ndef s(x):\n a=w[:3]; a.add_(x); e=a.expand(2,3); a.mul_(2); return e.sum(),a+0
through data | \ndef s(x): w.data[:3].sub_(x); w.data[3:].mul_(.5); return w.sum()
by index | \ndef s(x): w[:3][1:]=x[:2]; w[3:][x>0]=0.; w[T.tensor([0,5])]+=1; return w.sum()
""")
WRITES = {
    f"{name}, {when}": "w = T.arange(6.).requires_grad_(); x = T.tensor([.5, -1., 2.])"
    + program
    + f"\ndef q(x):\n l=((w[:3]*x).sum()+w[3:].pow(2).sum()-1)**2; l.backward()\n with T.no_grad(): {begin}r=s(x)"
    + f"\n w.grad.mul_(.5); return r,w.sum(){end}\ng=compiled(q)\nR=[g(x),g(x*2),g(x)],w,w.grad"
    for name, program in VIEWED.items()
    for when, begin, end in (("once", "", ""), ("with a view kept", "k=w[2:5]; ", ",w[2:5]"))
}

test_assigned, test_assigned_is_told = comparisons(
    {name: BEGIN + program for name, program in ASSIGNED.items()}, (), (), ()
)
test_written, test_written_is_told = comparisons(WRITES, (), (), ())
