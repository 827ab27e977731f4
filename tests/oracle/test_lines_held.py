"""What programs hold on to (states, views, gradients, hooks, copies), eagerly and in compiled steps, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
p = nn.Parameter(t([1.0, 2.0, 3.0]))
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
x = T.randn(5, 3)
def fit(o, x=x, m=m):
    o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
"""

# Steps s(x) of which each is run four times, as it is and compiled; what is held is seen at the end.
STEPS = table("""
momentum and its norm outside | o=T.optim.SGD(m.parameters(),.1,momentum=.9)\\ndef s(x): return fit(o,x)\\nE=lambda: [v['momentum_buffer'].norm() for v in o.state.values()]
weights kept by reference | o=T.optim.SGD(m.parameters(),.1); w=m[0].weight; d=w.data; v=w.detach()\\ndef s(x): return fit(o,x)\\nE=lambda: [w,d,v]
rows of weights kept | o=T.optim.Adam(m.parameters(),.1); r=m[0].weight.data[1]; c=m[0].weight.detach()[:,0]\\ndef s(x): return fit(o,x)\\nE=lambda: [r,c,r.sum()+c.sum()]
numpy of weights kept | o=T.optim.SGD(m.parameters(),.1); n=m[0].weight.detach().numpy()\\ndef s(x): return fit(o,x)\\nE=lambda: [n.tolist(),m[0].weight]
state dict kept | o=T.optim.SGD(m.parameters(),.1); d=m.state_dict()\\ndef s(x): return fit(o,x)\\nE=lambda: list(d.values())
state dict cloned | o=T.optim.SGD(m.parameters(),.1); d={k:v.clone() for k,v in m.state_dict().items()}\\ndef s(x): return fit(o,x)\\nE=lambda: list(d.values())
gradient kept | o=T.optim.SGD(m.parameters(),.1); fit(o); g=m[0].weight.grad\\ndef s(x): return fit(o,x)\\nE=lambda: [g, m[0].weight.grad]
gradient accumulated | \\ndef s(x): l=(m(x)**2).mean(); l.backward(); return l\\nE=lambda: [q.grad for q in m.parameters()]
gradient accumulated, kept | (m(x)**2).mean().backward(); g=m[0].weight.grad\\ndef s(x): l=(m(x)**2).mean(); l.backward(); return l\\nE=lambda: [g]
gradient clipped | o=T.optim.Adam(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=(m(x)**2).mean(); l.backward(); n=nn.utils.clip_grad_norm_(m.parameters(),.1); o.step(); return l,n\\nE=lambda: list(m.parameters())
gradient scaled by hand | o=T.optim.SGD(m.parameters(),.1,momentum=.5)\\ndef s(x):\\n o.zero_grad(); l=(m(x)**2).mean(); l.backward()\\n for q in m.parameters(): q.grad.mul_(.5)\\n o.step(); return l\\nE=lambda: list(m.parameters())
gradient noise by data | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=(m(x)**2).mean(); l.backward()\\n for q in m.parameters(): q.grad.data.add_(.01)\\n o.step(); return l\\nE=lambda: list(m.parameters())
polyak copy | g=copy.deepcopy(m); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x)\\n with T.no_grad():\\n  for a,b in zip(g.parameters(),m.parameters()): a.lerp_(b,.1)\\n return l\\nE=lambda: list(g.parameters())
polyak by mul and add | g=copy.deepcopy(m); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x)\\n for a,b in zip(g.parameters(),m.parameters()): a.data.mul_(.9).add_(b.data,alpha=.1)\\n return l,g(x).sum()\\nE=lambda: list(g.parameters())
polyak by data = | g=copy.deepcopy(m); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x)\\n for a,b in zip(g.parameters(),m.parameters()): a.data=.9*a.data+.1*b.data\\n return l\\nE=lambda: list(g.parameters())
by data = | \\ndef s(x):\\n l=(m(x)**2).mean(); l.backward()\\n for q in m.parameters(): q.data=q.data-.1*q.grad; q.grad=None\\n return l\\nE=lambda: list(m.parameters())
by data -= | \\ndef s(x):\\n l=(m(x)**2).mean(); l.backward()\\n for q in m.parameters(): q.data-=.1*q.grad; q.grad.zero_()\\n return l\\nE=lambda: [*m.parameters(),*[q.grad for q in m.parameters()]]
by no_grad | \\ndef s(x):\\n l=(m(x)**2).mean(); l.backward()\\n with T.no_grad():\\n  for q in m.parameters(): q-=.1*q.grad; q.grad=None\\n return l\\nE=lambda: list(m.parameters())
by copy_ | \\ndef s(x):\\n l=(m(x)**2).mean(); g=T.autograd.grad(l,list(m.parameters()))\\n with T.no_grad():\\n  for q,h in zip(m.parameters(),g): q.copy_(q-.1*h)\\n return l\\nE=lambda: list(m.parameters())
a counter buffer | n=T.zeros(())\\ndef s(x): n.add_(1); return (m(x)*n).sum()\\nE=lambda: [n]
a history written to | h=T.zeros(8); k=T.zeros((),dtype=T.long)\\ndef s(x):\\n h[int(k)]=m(x).detach().sum(); k.add_(1); return h.sum()\\nE=lambda: [h,k]
a running mean | r=T.zeros(3)\\ndef s(x): r.mul_(.9).add_(x.mean(0),alpha=.1); return ((x-r)**2).sum()\\nE=lambda: [r]
a running mean through a view | b=T.zeros(2,3); r=b[1]\\ndef s(x): r.mul_(.9).add_(x.mean(0),alpha=.1); return ((x-r)**2).sum()\\nE=lambda: [b,r]
a memory rolled | b=T.zeros(4,3)\\ndef s(x): b.copy_(T.cat([b[1:],x[:1]])); return b.sum()\\nE=lambda: [b]
hidden state kept | c=nn.GRUCell(3,3); h=[T.zeros(5,3)]\\ndef s(x): h[0]=c(x,h[0].detach()); return h[0].sum()\\nE=lambda: [h[0]]
a hook on a gradient | L=[]; m[0].weight.register_hook(lambda g: L.append(g.sum())); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): return fit(o,x)\\nE=lambda: L
a hook that halves | m[0].weight.register_hook(lambda g: g*.5); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): return fit(o,x)\\nE=lambda: list(m.parameters())
a forward hook | L=[]; m[1].register_forward_hook(lambda k,i,y: L.append(y.detach().mean())); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): return fit(o,x)\\nE=lambda: L
a step hook | L=[]; o=T.optim.SGD(m.parameters(),.1); o.register_step_post_hook(lambda *a: L.append(float(m[0].bias[0].detach())))\\ndef s(x): return fit(o,x)\\nE=lambda: [len(L),L[-1]]
retained gradient | o=T.optim.SGD(m.parameters(),.1); K=[]\\ndef s(x):\\n o.zero_grad(); h=m[0](x); h.retain_grad(); l=(m[2](m[1](h))**2).mean(); l.backward(); o.step(); K.append(h.grad); return l\\nE=lambda: K
post-accumulate steps | os={q:T.optim.SGD([q],.1) for q in m.parameters()}\\nfor q in m.parameters(): q.register_post_accumulate_grad_hook(lambda q: (os[q].step(),os[q].zero_grad()))\\ndef s(x): l=(m(x)**2).mean(); l.backward(); return l\\nE=lambda: [*m.parameters(),[q.grad for q in m.parameters()]]
two optimizers | a,b=T.optim.SGD(m[0].parameters(),.1,momentum=.9),T.optim.Adam(m[2].parameters(),.1)\\ndef s(x):\\n a.zero_grad(); b.zero_grad(); l=(m(x)**2).mean(); l.backward(); a.step(); b.step(); return l\\nE=lambda: [*m.parameters(),a.state_dict(),b.state_dict()]
two optimizers in turn | a,b=T.optim.SGD(m[0].parameters(),.1),T.optim.Adam(m[2].parameters(),.1); k=[0]\\ndef s(x):\\n o=(a,b)[k[0]%2]; k[0]+=1; m.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); return l\\nE=lambda: [*m.parameters()]
schedule in the step | o=T.optim.Adam(m.parameters(),.1); c=T.optim.lr_scheduler.ExponentialLR(o,.5)\\ndef s(x): l=fit(o,x); c.step(); return l\\nE=lambda: [o.param_groups[0]['lr'],c.get_last_lr(),*m.parameters()]
rate set by hand | o=T.optim.Adam(m.parameters(),.1); k=[0]\\ndef s(x):\\n k[0]+=1\\n for g in o.param_groups: g['lr']=.1/k[0]\\n return fit(o,x)\\nE=lambda: list(m.parameters())
frozen halfway | o=T.optim.SGD(m.parameters(),.1,momentum=.9); k=[0]\\ndef s(x):\\n k[0]+=1\\n if k[0]==3: m[0].requires_grad_(False)\\n return fit(o,x)\\nE=lambda: [*m.parameters(),[q.grad for q in m.parameters()]]
accumulated over two | o=T.optim.Adam(m.parameters(),.1); k=[0]\\ndef s(x):\\n l=(m(x)**2).mean()/2; l.backward(); k[0]+=1\\n if k[0]%2==0: o.step(); o.zero_grad(set_to_none=False)\\n return l\\nE=lambda: [*m.parameters(),[q.grad for q in m.parameters()]]
tied weights | a,b=nn.Linear(3,3,bias=False),nn.Linear(3,3,bias=False); b.weight=a.weight; o=T.optim.SGD(a.parameters(),.1,momentum=.9)\\ndef s(x): o.zero_grad(); l=(b(a(x))**2).mean(); l.backward(); o.step(); return l\\nE=lambda: [a.weight,b.weight,b.weight.grad]
weights clamped | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x)\\n for q in m.parameters(): q.data.clamp_(-.1,.1)\\n return l\\nE=lambda: list(m.parameters())
weights clamped through a row | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x); m[0].weight.data[0].clamp_(-.1,.1); return l\\nE=lambda: list(m.parameters())
weights renormed | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n l=fit(o,x)\\n with T.no_grad(): m[0].weight.renorm_(2,0,.3)\\n return l\\nE=lambda: list(m.parameters())
averaged model | import importlib; S=importlib.import_module(T.__name__+'.optim.swa_utils'); a=S.AveragedModel(m,multi_avg_fn=S.get_ema_multi_avg_fn(.9)); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): l=fit(o,x); a.update_parameters(m); return l\\nE=lambda: [*a.parameters(),a.n_averaged]
views of the input | \\ndef s(x): y=x*1; y[0]=0; y[:,1].mul_(2); v=y.view(-1); v[::2]+=1; return (y**2).sum(),v\\nE=lambda: [x]
the input changed | \\ndef s(x): x.add_(1); return x.sum()\\nE=lambda: [x]
the input changed through a view | \\ndef s(x): x[0].zero_(); x.t()[1].add_(1); return (x**2).sum()\\nE=lambda: [x]
a view of a parameter in the loss | o=T.optim.SGD([p],.1)\\ndef s(x): o.zero_grad(); l=(p[1:]**2).sum()+p[0]; l.backward(); o.step(); return l\\nE=lambda: [p,p.grad]
a view taken before | v=p[1:]; o=T.optim.SGD([p],.1)\\ndef s(x):\\n o.zero_grad(); l=(p**2).sum(); l.backward(); o.step(); return l,v.detach().sum()\\nE=lambda: [p,v]
version seen | \\ndef s(x): a=x*2; b=a._version; a.add_(1); a[0]=3.; return a.sum()*(a._version-b)\\nE=lambda: []
a closure with LBFGS | o=T.optim.LBFGS([p],max_iter=2)\\ndef s(x):\\n def c(): o.zero_grad(); l=((p-1)**4).sum(); l.backward(); return l\\n return o.step(c)\\nE=lambda: [p]
a closure with Adam | o=T.optim.Adam([p],.1)\\ndef s(x):\\n def c(): o.zero_grad(); l=((p-1)**4).sum(); l.backward(); return l\\n return o.step(c)\\nE=lambda: [p,dict(o.state[p])]
state saved in the step | import collections; o=T.optim.Adam(m.parameters(),.1); B=[]\\ndef s(x): l=fit(o,x); B.append(copy.deepcopy(o.state_dict()['state'][0]['exp_avg'])); return l\\nE=lambda: B
best weights kept | o=T.optim.SGD(m.parameters(),.1); B=[]\\ndef s(x): l=fit(o,x); B.append({k:v.clone() for k,v in m.state_dict().items()}); return l\\nE=lambda: [list(b.values()) for b in B]
""")

TAIL = "\nR = [s(x * k) for k in (1.0, 1.0, 0.5, 2.0)], E()"

COPIES = table("""
deep copy of a module trained | o=T.optim.Adam(m.parameters(),.1); fit(o); n=copy.deepcopy(m); fit(o); R=list(n.parameters()),list(m.parameters()),[q.grad for q in n.parameters()]
deep copy, then its own optimizer | n=copy.deepcopy(m); o=T.optim.SGD(n.parameters(),.1); fit(o,m=n); R=list(n.parameters()),list(m.parameters())
deep copy of tied weights | m[0].weight.data.fill_(.5); k=nn.Module(); k.a=nn.Linear(2,2); k.b=nn.Linear(2,2); k.b.weight=k.a.weight; n=copy.deepcopy(k); R=n.a.weight is n.b.weight,n.a.weight is k.a.weight
deep copy of a hook | L=[]; m.register_forward_hook(lambda *a: L.append(1)); n=copy.deepcopy(m); n(x); R=len(L)
deep copy of a non-leaf | y=p*2; copy.deepcopy(y)
deep copy of a gradient | a=p.detach().clone().requires_grad_(); (a**2).sum().backward(); b=copy.deepcopy(a); R=b,b.grad,b.grad is a.grad
shallow copy of a module | n=copy.copy(m); n[0].weight.data.zero_(); R=m[0].weight
shallow copy of a tensor | a=t([1.,2.]); b=copy.copy(a); b[0]=5.; R=a,b
pickle of a module | n=pickle.loads(pickle.dumps(m)); R=list(n.parameters()),n(x)-m(x)
pickle of a view | a=T.arange(6.).view(2,3); b=pickle.loads(pickle.dumps(a[1])); b.zero_(); R=a,b
pickle of a base and a view | a=T.arange(6.); b,c=pickle.loads(pickle.dumps((a,a[1:3]))); c.zero_(); R=b,c
pickle of a state dict | o=T.optim.Adam(m.parameters(),.1); fit(o); d=pickle.loads(pickle.dumps(o.state_dict())); fit(o); R=d,o.state_dict()
pickle of a parameter | q=pickle.loads(pickle.dumps(p)); R=q,isinstance(q,nn.Parameter),q.requires_grad
pickle of an optimizer's schedule | o=T.optim.SGD(m.parameters(),.1); c=T.optim.lr_scheduler.StepLR(o,2); c.step(); c.step(); R=pickle.loads(pickle.dumps(c.state_dict()))['last_epoch'],o.param_groups[0]['lr']
saved with shared memory | a=T.arange(4.); f=io.BytesIO(); T.save({'a':a,'v':a[1:3]},f); f.seek(0); d=T.load(f); d['v'].zero_(); R=d['a'],d['v']
clone of a view | a=T.arange(6.).view(2,3); b=a.t().clone(); b.zero_(); R=a,b.is_contiguous(),b.stride()
new tensors share nothing | a=t([1.,2.]); b=T.tensor(a.tolist()); c=a.new_tensor([3.]); d=T.as_tensor(a); d[0]=9.; R=a,b,c,d is a
as_tensor of numpy | n=np.zeros(3,dtype=np.float32); a=T.as_tensor(n); b=T.tensor(n); n[0]=1; a[1]=2; R=a,b,n.tolist()
parameter of a tensor | a=t([1.,2.]); q=nn.Parameter(a); a[0]=5.; R=q; q.data[1]=7.; R=R,a
parameter of a parameter | q=nn.Parameter(p); q.data.zero_(); R=p,q
list of slices | a=T.zeros(4); L=[a[i:i+2] for i in range(3)]; L[0].add_(1); L[1].add_(1); L[2].add_(1); R=a,L
unbind written | a=T.zeros(2,3)\\nfor r in a: r.add_(1)\\nR=a
chunk written under no_grad | a=T.zeros(4)\\nfor c in a.chunk(2): c.fill_(3.)\\nR=a
split of a leaf | p.split(2)[0].add_(1)
view of a leaf written | p[0:2].mul_(2)
view of a leaf written without gradients | \\nwith T.no_grad(): p[0:2].mul_(2)\\nR=p,p._version>0
detached written before backward | y=(p**2).sum(); p.detach().mul_(2); y.backward()
saved result written | y=p.exp(); y.add_(1); y.sum().backward()
saved result not read | y=p*2; y.add_(1); y.sum().backward(); R=p.grad
in place on a branch | a=p*1; b=a.relu_(); c=b*2; c.sum().backward(); R=p.grad,a is b
in place twice through views | a=p*1; a[0]=a[1]*2; a[2]=a[0]; a.sum().backward(); R=p.grad,a
fill of a view cuts | a=p*1; a[:2].zero_(); (a**2).sum().backward(); R=p.grad
index_put accumulate | a=p*1; a.index_put_((t([0,0,1]),),t([1.,2.,3.]),accumulate=True); (a**2).sum().backward(); R=a,p.grad
masked_fill through a view | a=(p*1).view(1,3); v=a[0]; v.masked_fill_(v>1.5,0.); (a**2).sum().backward(); R=a,p.grad
copy_ into a view | a=T.zeros(2,3); a[0].copy_(p); (a*2).sum().backward(); R=a,a.requires_grad,p.grad
a buffer that begins to require | a=T.zeros(3); v=a[1:]; a.add_(p); R=v.requires_grad,v; v.sum().backward(); R=R,p.grad
set_ | a=t([1.,2.]); b=t([3.,4.]); a.set_(b); b[0]=9.; R=a
swap of data | a,b=nn.Linear(2,2),nn.Linear(2,2); w=a.weight.data; a.weight.data=b.weight.data; b.weight.data=w; a.weight.data.fill_(1.); R=a.weight,b.weight
resize by data | q=nn.Parameter(T.ones(2)); q.data=T.cat([q.data,T.zeros(1)]); (q**2).sum().backward(); R=q,q.grad
gradient of another shape after data | q=nn.Parameter(T.ones(2)); (q**2).sum().backward(); q.data=T.ones(3); R=q.grad.shape; q.grad=None; (q**2).sum().backward(); R=R,q.grad
grad assigned shares | g=T.ones(3); p.grad=g; g.mul_(2); R=p.grad,p.grad is g; T.optim.SGD([p],.1).step(); R=R,p
grad of an alias | g=t([1.,2.,3.]); p.grad=g[:]; g.zero_(); R=p.grad
grad deleted | (p**2).sum().backward(); del p.grad; R=p.grad
grad swapped | a,b=nn.Parameter(T.ones(2)),nn.Parameter(T.ones(2)); (a*2+b*3).sum().backward(); a.grad,b.grad=b.grad,a.grad; R=a.grad,b.grad
grad kept over zero_grad | (p**2).sum().backward(); g=p.grad; p.grad=None; (p**3).sum().backward(); R=g,p.grad
hook removed in itself | L=[]\\ndef h(g): L.append(1); k.remove()\\nk=p.register_hook(h); (p**2).sum().backward(); (p**2).sum().backward(); R=len(L)
hook on a view | v=p[:2]; v.register_hook(lambda g: g*10); (v**2).sum().backward(); R=p.grad
hook on an in-place result | a=p*1; a.register_hook(lambda g: g*10); a.mul_(2); a.sum().backward(); R=p.grad
hooks in order | L=[]; p.register_hook(lambda g: L.append('a')); p.register_hook(lambda g: L.append('b')); p.sum().backward(); R=L
data = part of another | y=t([1.,2.,3.]); a=t([0.]); a.data=y.data[1:]; y[1]=9; z=a.clone(); a[1]=7; R=z,a,y
data = part of its own | a=t([1.,2.,3.]); v=a.data; a.data=a.data[1:]; v[1]=9; z=a.clone(); a[1]=7; R=z,a,v
data = part that is kept | a=t([1.,2.,3.]); y=a.data[1:]; a.data=y; y[1]=9; z=a.clone(); a[0]=7; R=z,a,y
data = a view of its own | a=t([1.,2.,3.]); v=a[1:]; a.data=v; a[1]=9; z=v.clone(); v[0]=7; R=z,a,v
data = parts in turn | a=t([1.,2.,3.,4.]); v=a.data; a.data=a.data[1:]; w=a[1:]; a.data=a.data[1:]; v[3]=9; z=a.clone(); a[0]=7; w[0]=8; R=z,a,v,w
data = part, changed both ways | a=t([1.,2.,3.]); v=a.data; a.data=a.data[1:]; a.add_(1); k=v.clone(); v.mul_(2); R=k,v,a
data = part of a parameter | q=nn.Parameter(t([1.,2.,3.])); v=q.data; q.data=q.data[1:]; (q*q).sum().backward(); T.optim.SGD([q],.1).step(); R=v,q,q.grad
data = its transpose | a=t([[1.,2.],[3.,4.]]); a.data=a.data.t(); v=a.t(); a[0,1]=9; R=a,v,a.stride(),a.is_contiguous()
data = another shape of it | a=t([[1.,2.],[3.,4.]]); w=a.data; a.data=a.data.view(-1); a[1]=9; R=a,w
data = pruned rows in a loop | q=nn.Parameter(T.arange(12.).view(6,2)); o=q.data\nfor _ in range(3): q.data=q.data[:-1]; q.data[0]+=1; q.grad=None; (q**2).sum().backward()\nR=q,q.grad,o
data = part of what a graph reads | a=t([1.,2.]); z=(p[:2]*a).sum(); b=t([0.]); b.data=a; z.backward(); R=p.grad,b
versions of what shares | a=t([1.,2.,3.]); y=a.detach(); y.add_(1); v=a[1:]; R=[a._version,y._version]; v.mul_(2); a.data=a.data[:2]; R+=[a._version,v._version]
shared by two when the third is gone | a=t([1.,2.]); b=a.detach(); c=a.detach(); del a; b.add_(1); c.mul_(3); R=b,c
shared when the module is gone | k=nn.Linear(2,1); a=k.weight.data; b=k.weight.data[0]; del k; a.fill_(2.); b.add_(1); R=a,b
full backward hook, several inputs | L=[]; k=nn.Bilinear(3,3,2); k.register_full_backward_hook(lambda k,i,o: L.append((i,o))); k(x,x.clone().requires_grad_()).sum().backward(); k(x.clone().requires_grad_(),x).sum().backward(); k(x,x).sum().backward(); R=L
full backward hook of words | L=[]\nclass K(nn.Module):\n def forward(s,a,n,b=None): return a*n\nk=K(); k.register_full_backward_hook(lambda k,i,o: L.append((i,o))); k(p,3).sum().backward(); k(p,T.arange(3)).sum().backward(); R=L,p.grad
full backward hook of two outputs | L=[]\nclass K(nn.Module):\n def forward(s,a): return a*2,T.arange(3),a.detach(),a*3\nk=K(); k.register_full_backward_hook(lambda k,i,o: L.append((i,o))); y=k(p); y[0].sum().backward(); (k(p)[3]*2).sum().backward(); R=L,p.grad,[v.requires_grad for v in y]
full backward hook replaces | m[2].register_full_backward_hook(lambda k,i,o: (i[0]*10,)); m(x).sum().backward(); R=[q.grad for q in m.parameters()]
full backward hook replaces nothing | m[0].register_full_backward_hook(lambda k,i,o: (None,)); m(x).sum().backward(); R=[q.grad for q in m.parameters()]
full backward hook may not replace | m[0].register_full_backward_hook(lambda k,i,o: (o[0],)); m(x).sum().backward()
full backward hook of a wrong count | m[2].register_full_backward_hook(lambda k,i,o: (i[0],i[0])); m(x).sum().backward()
full backward hook twice | L=[]; m[2].register_full_backward_hook(lambda k,i,o: L.append(i)); l=m(x).sum(); l.backward(retain_graph=True); l.backward(); R=L
full backward hook around the module | L=[]\nclass K(nn.Module):\n def forward(s,a): s.h=a*2; return a*3\nk=K(); k.register_full_backward_hook(lambda k,i,o: L.append((i,o))); k(p); k.h.sum().backward(); R=L,p.grad
full backward hook without gradients | L=[]; m[0].register_full_backward_hook(lambda k,i,o: L.append(1))\nwith T.no_grad(): y=m[0](x)\nR=y,y.requires_grad,L
full backward hook and what is written | L=[]; k=nn.ReLU(inplace=True); k.register_full_backward_hook(lambda k,i,o: L.append(1)); y=k(x); R=x,y is x,L
full backward hook of a container | L=[]; m.register_full_backward_hook(lambda k,i,o: L.append((i,o))); m(x).sum().backward(); R=L
full backward pre-hook | L=[]; m[2].register_full_backward_pre_hook(lambda k,o: (o[0]*3,)); m[2].register_full_backward_hook(lambda k,i,o: L.append((i,o))); m[0].register_full_backward_hook(lambda k,i,o: L.append((i,o))); m(x).sum().backward(); R=L,[q.grad for q in m.parameters()]
full backward pre-hook of a wrong count | m[2].register_full_backward_pre_hook(lambda k,o: (o[0],o[0])); m(x).sum().backward()
full backward hook, gradient penalty | L=[]; m[1].register_full_backward_hook(lambda k,i,o: L.append(i)); z=x.clone().requires_grad_(); g,=T.autograd.grad(m(z).sum(),z,create_graph=True); (g**2).sum().backward(); R=len(L),[q.grad for q in m.parameters()]
full backward hook | L=[]; m[0].register_full_backward_hook(lambda k,i,o: L.append(o[0].sum())); m(x).sum().backward(); R=L
""")

PROGRAMS = {name: BEGIN + program for name, program in COPIES.items()}
PROGRAMS |= {name: BEGIN + program.lstrip("\n") + TAIL for name, program in STEPS.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + program.lstrip("\n") + "\ns = compiled(s)" + TAIL for name, program in STEPS.items()
}

COMPUTED_HERE = {
    "post-accumulate steps",
    "post-accumulate steps, compiled",
}  # PyTorch asks that such a hook return None
OTHER = {
    "saved with shared memory",  # a file holds each tensor apart
}

test_program, test_named = comparisons(PROGRAMS, COMPUTED_HERE, set(), OTHER)
